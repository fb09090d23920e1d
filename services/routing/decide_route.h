#pragma once

#include <array>
#include <cstdint>

#include "absl/types/span.h"
#include "directory/directory.h"
#include "tierline/events/v1/routing.pb.h"
#include "tierline/routing/v1/routing.pb.h"

// Where a call goes: a pure function of the logged RouteInput and the directory
// that was in force at the arrival, so that every decision can be derived again from the log alone.
//
//     CallArrival --MakeInput--> RouteInput --DecideRoute--> Route --Navigate (menu.h)--> Route
//     --ToProto--> Decision
//
// Example: who would have answered?
//
//     const directory::Directory& then = directory.At(arrival);
//     Decision decision = ToProto(DecideRoute(input, then), then);

namespace tierline::routing {

// Why, in the order in which the rules applied. Holds them in place.
class Reasons {
 public:
  void Add(events::v1::RouteReason reason) {
    if (size_ < all_.size()) all_[size_++] = reason;
  }
  void Add(const Reasons& more) {
    for (const auto reason : more.view()) Add(reason);
  }
  // Forgets all but the first `size`.
  void Truncate(size_t size) { size_ = static_cast<uint8_t>(size < size_ ? size : size_); }
  size_t size() const { return size_; }
  absl::Span<const events::v1::RouteReason> view() const { return {all_.data(), size_}; }

 private:
  std::array<events::v1::RouteReason, 16> all_{};  // the longest chain has 12
  uint8_t size_ = 0;
};

// A decision in terms of one directory; its indices mean nothing in another.
struct Route {
  events::v1::RouteAction action = events::v1::ROUTE_ACTION_REJECT;
  directory::OfficeIndex intended = directory::kNoOffice;  // with a menu: its default
  directory::OfficeIndex served = directory::kNoOffice;    // kNoOffice: nobody is open
  directory::OfficeIndex locality =
      directory::kNoOffice;  // kNoOffice: a shared area's menu asks for it
  directory::AreaIndex menu_area = directory::kNoArea;  // kNoArea: no menu is or was played
  bool local_call = false;
  bool trial = false;
  int64_t arrived_at_ms = 0;
  Reasons reasons;
  uint8_t entry_reasons = 0;  // so many of them led to the entry; the rest is about its office
};

// What of a call the decision depends on, and nothing that names a person: of a landline the area
// code and, when that is shared, the leading 4 subscriber digits; of a mobile its segment. `now_ms`
// stands for an absent arrival.
events::v1::RouteInput MakeInput(const v1::CallArrival& call, int64_t now_ms,
                                 const directory::Directory& directory);
// The same, into an empty `input`, which may live on an arena.
void FillInput(const v1::CallArrival& call, int64_t now_ms, const directory::Directory& directory,
               events::v1::RouteInput* input);

// `directory` is the one in force at the arrival: Directory::At. Allocates nothing.
Route DecideRoute(const events::v1::RouteInput& input, const directory::Directory& directory);

// Sends `route` to `office`: to its line or to that of the nearest open ancestor in working
// time, else to the voice. Drops the reasons beyond `entry_reasons` first.
void SendTo(directory::OfficeIndex office, const directory::Directory& directory, Route* route);

events::v1::Decision ToProto(const Route& route, const directory::Directory& directory);
// The same, into an empty `decision`, which may live on an arena.
void FillDecision(const Route& route, const directory::Directory& directory,
                  events::v1::Decision* decision);

}  // namespace tierline::routing
