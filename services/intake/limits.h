#pragma once

#include <cstddef>

// Sizes of fields; the comments in intake.proto state the same.
namespace tierline::intake {

inline constexpr size_t kTextMax = 4000;  // bytes of a free text
inline constexpr size_t kNameMax = 200;   // bytes of a caller's name
inline constexpr int kCitationsMax = 16;
inline constexpr size_t kCitationMax = 64;  // bytes of an id
inline constexpr int kNotesMax = 1000;      // notes of one inquiry
inline constexpr int kCallbacksMax = 100;   // attempts to call back

}  // namespace tierline::intake
