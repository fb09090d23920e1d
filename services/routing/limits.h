#pragma once

#include <cstddef>
#include <cstdint>

// Sizes of fields; the comments in routing.proto state the same.
namespace tierline::routing {

inline constexpr size_t kPlatformMax = 64;       // bytes of a name
inline constexpr size_t kSwitchCallIdMax = 128;  // bytes
inline constexpr size_t kNumberMax = 64;         // bytes of a number as presented or dialled
inline constexpr size_t kAreaCodeMax = 8;        // bytes of a trunk's or location's area code
inline constexpr size_t kOfficeCodeSize = 6;     // digits
inline constexpr size_t kKeysMax = 64;           // keys pressed in one menu
inline constexpr int kLegsMax = 8;               // offices at which one call rings
inline constexpr size_t kRecordingMax = 256;     // bytes of a reference to a recording
inline constexpr int kMessageSecondsMax = 3600;
inline constexpr int kReportsMax = 64;                      // of one call
inline constexpr int64_t kAheadMaxMs = 24 * 3'600'000;      // of a switch's clock before ours
inline constexpr int64_t kTimeMaxMs = 253'402'300'800'000;  // year 10000

}  // namespace tierline::routing
