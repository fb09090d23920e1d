#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "tierline/directory/v1/pack.pb.h"
#include "tools/load/dice.h"

namespace tierline::load {

// Where a caller lives: an area code and the locality that it serves there.
struct Place {
  std::string area_code;
  std::string locality;
};

// Numbers that a pack's plan can place, drawn by chance. They are invented; one may exist.
class PhoneBook {
 public:
  explicit PhoneBook(const directory::v1::PackPart& pack);

  // The short number of the hotline.
  const std::string& number() const { return number_; }
  const std::string& country_code() const { return country_code_; }

  // A place, each as often as it has offices.
  const Place& DrawPlace(Dice* dice) const { return places_[dice->Pick(of_offices_)]; }
  // "05516234567"; in an area that localities share, often a number that tells them apart.
  std::string DrawLandline(const Place& place, Dice* dice) const;
  // "13800138000" with a prefix of the place's locality; empty when the pack has none.
  std::string DrawMobile(const Place& place, Dice* dice) const;
  // A mobile number that no prefix of the pack places.
  std::string DrawUnmappedMobile(Dice* dice) const;
  // A withdrawn area code, or any when there is none.
  std::string_view DrawWithdrawn(Dice* dice) const;

 private:
  std::string number_;
  std::string country_code_;
  std::vector<Place> places_;
  std::vector<size_t> of_offices_;  // index into places_, one for each office
  std::vector<std::string> withdrawn_;
  absl::flat_hash_map<std::string, std::vector<std::string>> mobiles_;    // by locality
  absl::flat_hash_map<std::string, std::vector<std::string>> exchanges_;  // by area code + locality
};

}  // namespace tierline::load
