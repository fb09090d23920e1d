#include "tools/load/phone_book.h"

namespace tierline::load {
namespace {

constexpr int kMobileDigits = 11;

// Of the subscriber number: eight digits in the largest cities, seven elsewhere.
int SubscriberDigits(std::string_view area_code) { return area_code.size() == 3 ? 8 : 7; }

}  // namespace

PhoneBook::PhoneBook(const directory::v1::PackPart& pack)
    : number_(pack.hotline().number()), country_code_(pack.hotline().country_code()) {
  absl::flat_hash_map<std::string, size_t> place_of;  // by locality
  for (const auto& row : pack.area_codes()) {
    if (row.withdrawn()) {
      withdrawn_.push_back(row.area_code());
      continue;
    }
    if (place_of.emplace(row.locality(), places_.size()).second) {
      places_.push_back({row.area_code(), row.locality()});
    }
  }
  absl::flat_hash_map<std::string, std::string> parents, seats;
  for (const auto& office : pack.offices()) {
    parents[office.code()] = office.parent();
    if (office.provincial_seat()) seats[office.parent()] = office.code();
  }
  for (const auto& office : pack.offices()) {
    std::string code = office.code();
    if (const auto seat = seats.find(code); seat != seats.end()) code = seat->second;
    while (!code.empty() && !place_of.contains(code)) code = parents[code];
    if (!code.empty()) of_offices_.push_back(place_of[code]);
  }
  for (const auto& row : pack.mobile_prefixes()) mobiles_[row.locality()].push_back(row.prefix());
  for (const auto& row : pack.exchanges()) {
    exchanges_[row.area_code() + row.locality()].push_back(row.prefix());
  }
}

std::string PhoneBook::DrawLandline(const Place& place, Dice* dice) const {
  std::string subscriber(1, static_cast<char>('0' + dice->Between(2, 8)));
  const auto exchanges = exchanges_.find(place.area_code + place.locality);
  if (exchanges != exchanges_.end() && dice->Percent(80))
    subscriber = dice->Pick(exchanges->second);
  subscriber += dice->Digits(SubscriberDigits(place.area_code) - std::ssize(subscriber));
  return place.area_code + subscriber;
}

std::string PhoneBook::DrawMobile(const Place& place, Dice* dice) const {
  const auto prefixes = mobiles_.find(place.locality);
  if (prefixes == mobiles_.end()) return "";
  std::string number = dice->Pick(prefixes->second);
  return number + dice->Digits(kMobileDigits - std::ssize(number));
}

std::string PhoneBook::DrawUnmappedMobile(Dice* dice) const {
  return "1640000" + dice->Digits(kMobileDigits - 7);
}

std::string_view PhoneBook::DrawWithdrawn(Dice* dice) const {
  return withdrawn_.empty() ? places_.front().area_code : dice->Pick(withdrawn_);
}

}  // namespace tierline::load
