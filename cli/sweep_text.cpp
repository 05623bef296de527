#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>

#include "cli/suggestions.h"
#include "cli/sweep.h"
#include "sim/journal/journal.h"

namespace dectbed::cli {

namespace {

struct parse_error {
    std::size_t at;
    std::string message;
};

/// Reads the text from left to right; positions count from 0.
class sweep_parser {
  public:
    explicit sweep_parser(std::string_view text) : text_(text) { out_.text = std::string(text); }

    sweep_text parse() {
        action();
        blanks();
        need('@', "expected \"@\" and the record at which the action happens");
        record();
        blanks();
        while (at_ < text_.size()) clause();
        return std::move(out_);
    }

  private:
    [[noreturn]] void fail(std::size_t at, std::string message) const { throw parse_error{at, std::move(message)}; }
    void blanks() {
        while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
    }
    bool next_is(char c) const { return at_ < text_.size() && text_[at_] == c; }
    void need(char c, const char* message) {
        if (!next_is(c)) fail(at_, message);
        ++at_;
    }
    std::string word() {
        const std::size_t from = at_;
        while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) || text_[at_] == '_')) ++at_;
        return std::string(text_.substr(from, at_ - from));
    }
    void mark(const std::string& key, std::size_t at) { out_.columns[key] = static_cast<int>(at) + 1; }

    void action() {
        blanks();
        mark("do", at_);
        out_.action = word();
        if (out_.action.empty()) fail(at_, "expected an action, such as power_cut");
        blanks();
        if (next_is('(')) out_.arguments = pairs('(', ')', "with.");
    }

    void record() {
        blanks();
        mark("on.record", at_);
        const std::size_t from = at_;
        out_.record = word();
        if (out_.record.empty()) fail(at_, "expected a record of the journal, such as flash_write");
        const auto names = sim::record_names();
        if (std::find(names.begin(), names.end(), out_.record) == names.end()) {
            const std::string meant = nearest_word(out_.record, names);
            fail(from, fmt::format("the journal has no record \"{}\"{}", out_.record,
                                   meant.empty() ? "" : fmt::format("; did you mean \"{}\"?", meant)));
        }
        blanks();
        need('[', "expected \"[*]\" for every one of them, or a number as in \"[3]\"");
        index();
        blanks();
        if (next_is('{')) {
            out_.where = pairs('{', '}', "on.where.");
            const auto known = sim::field_names(out_.record);
            for (const auto& [field, value] : out_.where) {
                if (std::find(known.begin(), known.end(), field) != known.end()) continue;
                const std::string meant = nearest_word(field, known);
                fail(static_cast<std::size_t>(out_.columns["on.where." + field] - 1),
                     fmt::format("{} has no field \"{}\"{}", out_.record, field,
                                 meant.empty() ? "" : fmt::format("; did you mean \"{}\"?", meant)));
            }
        }
    }

    std::uint64_t number() {
        std::uint64_t n = 0;
        const char* from = text_.data() + at_;
        const auto [end, problem] = std::from_chars(from, text_.data() + text_.size(), n);
        if (problem != std::errc() || n == 0) fail(at_, "expected *, a number from 1, or a range such as 2..5");
        at_ += static_cast<std::size_t>(end - from);
        return n;
    }
    void index() {
        blanks();
        if (next_is('*')) {
            ++at_;
        } else {
            out_.first = out_.last = number();
            if (text_.substr(at_, 2) == "..") {
                at_ += 2;
                const std::size_t from = at_;
                out_.last = number();
                if (out_.last < out_.first) fail(from, "the range ends before it starts");
            }
        }
        blanks();
        need(']', "expected \"]\"");
    }

    /// "name: value, name: value"; values end at a comma or the closing sign that is outside of quotes and brackets.
    std::vector<std::pair<std::string, std::string>> pairs(char open, char close, const std::string& prefix) {
        std::vector<std::pair<std::string, std::string>> out;
        const std::size_t opened = at_;
        need(open, "");
        for (;;) {
            blanks();
            if (next_is(close) && out.empty()) break;
            const std::size_t from = at_;
            const std::string name = word();
            if (name.empty()) fail(at_, "expected a name");
            blanks();
            need(':', "expected \":\" and a value");
            mark(prefix + name, from);
            std::string value = this->value(close, opened);
            if (value.empty()) fail(at_, fmt::format("expected a value of {}", name));
            out.emplace_back(name, std::move(value));
            if (next_is(close)) break;
            ++at_;  // the comma
        }
        ++at_;
        return out;
    }
    std::string value(char close, std::size_t opened) {
        blanks();
        const std::size_t from = at_;
        char quote = 0;
        int depth = 0;
        for (; at_ < text_.size(); ++at_) {
            const char c = text_[at_];
            if (quote) {
                if (c == quote) quote = 0;
            } else if (c == '"' || c == '\'') {
                quote = c;
            } else if (c == '[' || c == '(') {
                ++depth;
            } else if (depth > 0 && (c == ']' || c == ')')) {
                --depth;
            } else if (depth == 0 && (c == ',' || c == close)) {
                break;
            }
        }
        if (at_ == text_.size()) fail(opened, fmt::format("this is never closed; expected a \"{}\"", close));
        std::string_view v = text_.substr(from, at_ - from);
        while (!v.empty() && std::isspace(static_cast<unsigned char>(v.back()))) v.remove_suffix(1);
        return std::string(v);
    }

    void clause() {
        const std::size_t from = at_;
        const std::string name = word();
        std::string* into = name == "on"      ? &out_.target
                            : name == "for"   ? &out_.lasts
                            : name == "delay" ? &out_.delay
                                              : nullptr;
        if (into == nullptr) fail(from, "expected \"on TARGET\", \"for TIME\", \"delay TIME\", or the end");
        if (!into->empty()) fail(from, fmt::format("\"{}\" is here for the second time", name));
        blanks();
        mark(name == "on" ? "target" : name, at_);
        const std::size_t begin = at_;
        // Up to the next of these words.
        while (at_ < text_.size()) {
            blanks();
            const std::size_t piece = at_;
            while (at_ < text_.size() && !std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
            const std::string_view w = text_.substr(piece, at_ - piece);
            if (piece != begin && (w == "on" || w == "for" || w == "delay")) {
                at_ = piece;
                break;
            }
            *into += (into->empty() ? "" : " ") + std::string(w);
        }
        if (into->empty()) fail(begin, fmt::format("expected what comes after \"{}\"", name));
    }

    std::string_view text_;
    std::size_t at_ = 0;
    sweep_text out_;
};

}  // namespace

std::string with_mark(std::string_view text, int column, const std::string& message) {
    return fmt::format("--sweep: column {}: {}\n  {}\n  {}^", column, message, text,
                       std::string(static_cast<std::size_t>(std::max(0, column - 1)), ' '));
}

std::variant<sweep_text, std::string> parse_sweep(std::string_view text) {
    try {
        return sweep_parser(text).parse();
    } catch (const parse_error& e) {
        return with_mark(text, static_cast<int>(e.at) + 1, e.message);
    }
}

}  // namespace dectbed::cli
