#include "directory/number_plan.h"

#include <algorithm>

namespace tierline::directory {
namespace {

constexpr size_t kPageDigits = 4;
constexpr size_t kRowDigits = 3;
constexpr int kNotDigits = -1;

// "0551" -> 10551 with `from` = 1; kNotDigits when `text` has other characters.
int Number(std::string_view text, int from) {
  int value = from;
  for (const char c : text) {
    if (c < '0' || c > '9') return kNotDigits;
    value = value * 10 + (c - '0');
  }
  return value;
}

int PowerOfTen(size_t exponent) {
  int power = 1;
  for (; exponent > 0; --exponent) power *= 10;
  return power;
}

}  // namespace

bool Area::Serves(OfficeIndex locality) const {
  return std::find(localities.begin(), localities.end(), locality) != localities.end();
}

OfficeIndex Area::LocalityOfExchange(std::string_view subscriber) const {
  for (const Exchange& exchange : exchanges) {
    if (subscriber.starts_with(exchange.prefix)) return exchange.locality;
  }
  return kNoOffice;
}

NumberPlan NumberPlan::Build(const v1::PackPart& pack, const OfficeTree& offices) {
  NumberPlan plan;
  plan.area_by_code_.assign(2 * PowerOfTen(kAreaDigitsMax), kNoArea);
  plan.area_of_.assign(offices.size(), kNoArea);
  plan.pages_.resize(PowerOfTen(kPageDigits));
  for (const bool withdrawn : {false, true}) {
    for (const v1::AreaCode& row : pack.area_codes()) {
      if (row.withdrawn() != withdrawn) continue;
      AreaIndex& area = plan.area_by_code_[Number(row.area_code(), 1)];
      if (area == kNoArea) {
        area = static_cast<AreaIndex>(plan.areas_.size());
        plan.areas_.push_back({.code = row.area_code()});
      }
      const OfficeIndex locality = offices.Find(row.locality());
      plan.areas_[area].localities.push_back(locality);
      plan.areas_[area].live += withdrawn ? 0 : 1;
      if (plan.area_of_[locality] == kNoArea) plan.area_of_[locality] = area;
    }
  }
  for (const v1::Exchange& row : pack.exchanges()) {
    Area& area = plan.areas_[plan.FindArea(row.area_code())];
    area.exchanges.push_back({row.prefix(), offices.Find(row.locality())});
  }
  for (Area& area : plan.areas_) {
    std::sort(area.exchanges.begin(), area.exchanges.end(),
              [](const Exchange& a, const Exchange& b) {
                return a.prefix.size() != b.prefix.size() ? a.prefix.size() > b.prefix.size()
                                                          : a.prefix < b.prefix;
              });
  }
  for (size_t digits = kPageDigits; digits <= kPageDigits + kRowDigits; ++digits) {
    for (const v1::MobilePrefix& row : pack.mobile_prefixes()) {
      if (row.prefix().size() == digits) plan.AddMobile(row.prefix(), offices.Find(row.locality()));
    }
  }
  return plan;
}

void NumberPlan::AddMobile(std::string_view prefix, OfficeIndex locality) {
  auto& page = pages_[Number(prefix.substr(0, kPageDigits), 0)];
  if (page == nullptr) {
    page = std::make_unique<MobilePage>();
    page->fill(kNoOffice);
  }
  const std::string_view rest = prefix.substr(kPageDigits);
  const int rows = PowerOfTen(kRowDigits - rest.size());
  const int first = Number(rest, 0) * rows;
  std::fill_n(page->begin() + first, rows, locality);
}

AreaIndex NumberPlan::FindArea(std::string_view code) const {
  if (code.empty() || code.size() > kAreaDigitsMax) return kNoArea;
  const int number = Number(code, 1);
  return number == kNotDigits ? kNoArea : area_by_code_[number];
}

OfficeIndex NumberPlan::LocalityOfMobile(std::string_view segment) const {
  if (segment.size() < kPageDigits + kRowDigits) return kNoOffice;
  const int page = Number(segment.substr(0, kPageDigits), 0);
  const int row = Number(segment.substr(kPageDigits, kRowDigits), 0);
  if (page == kNotDigits || row == kNotDigits || pages_[page] == nullptr) return kNoOffice;
  return (*pages_[page])[row];
}

OfficeIndex NumberPlan::LocalityOf(OfficeIndex office, const OfficeTree& offices) const {
  while (office != kNoOffice && !IsLocality(office)) office = offices[office].parent;
  return office;
}

}  // namespace tierline::directory
