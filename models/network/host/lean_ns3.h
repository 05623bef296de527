// Lean versions of a few of ns-3's functions that every connection calls, under ns-3's own names: a program's symbols
// stand before those of a shared library, and ns-3 calls these by way of its table of symbols. What they do is what
// ns-3 3.37 does, but for three things that nobody here asks for:
//
//   - a socket does not repeat, as trace sources of its own, those of its congestion state: nobody listens to them;
//   - an object's attributes start with their initial values, not with what the environment variable
//     NS_ATTRIBUTE_DEFAULT says (a run does not depend on its environment), and the initial values are those that were
//     in force when the first object of a type was made;
//   - a segment is not asked a route for before it is handed down: `send_down` finds its own way.
//
// Includes nothing; for this room only.
#pragma once

namespace dectbed::models::network {

/// Does nothing; whoever names it has the functions in his program.
void use_lean_ns3();

}  // namespace dectbed::models::network
