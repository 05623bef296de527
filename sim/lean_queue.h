// A queue that takes no memory while it is empty and never was long: what a device has that waits for something rarely.
// (std::deque allocates half a kilobyte before anything is in it, and there are a hundred thousand devices.)
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace dectbed::sim {

template <class T>
class lean_queue {
  public:
    using iterator = typename std::vector<T>::iterator;

    bool empty() const { return first_ == items_.size(); }
    std::size_t size() const { return items_.size() - first_; }
    T& front() { return items_[first_]; }
    const T& front() const { return items_[first_]; }
    const T& operator[](std::size_t i) const { return items_[first_ + i]; }  ///< from the front
    iterator begin() { return items_.begin() + static_cast<std::ptrdiff_t>(first_); }
    iterator end() { return items_.end(); }
    void push_back(T item) {
        if (first_ > 0 && first_ >= items_.size() / 2 && items_.size() == items_.capacity()) {
            items_.erase(items_.begin(), begin());
            first_ = 0;
        }
        items_.push_back(std::move(item));
    }
    void pop_front() {
        items_[first_] = T{};  // what it holds is released now
        if (++first_ == items_.size()) clear();
    }
    void erase(iterator from, iterator to) {
        items_.erase(from, to);
        if (empty()) clear();
    }
    void clear() {
        first_ = 0;
        if (items_.capacity() > kept)
            std::vector<T>().swap(items_);
        else
            items_.clear();
    }

  private:
    static constexpr std::size_t kept = 2;  ///< room that an empty queue keeps
    std::vector<T> items_;
    std::size_t first_ = 0;
};

}  // namespace dectbed::sim
