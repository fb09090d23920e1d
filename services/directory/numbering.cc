#include "directory/numbering.h"

#include <vector>

namespace tierline::directory {
namespace {

using Shapes = google::protobuf::RepeatedPtrField<v1::NumberShape>;

void SetShapes(const Shapes& from, std::vector<NumberShape>* to) {
  if (from.empty()) return;
  to->clear();
  for (const v1::NumberShape& shape : from) {
    to->push_back({shape.prefix(), shape.digits_min(), shape.digits_max()});
  }
}

void SetDigits(int from, int* to) {
  if (from != 0) *to = from;
}

}  // namespace

NumberingRules NumberingOf(const v1::Hotline& hotline) {
  NumberingRules rules;
  rules.short_number = hotline.number();
  rules.country_code = hotline.country_code();
  const v1::Numbering& stated = hotline.numbering();
  if (!stated.international_prefix().empty()) {
    rules.international_prefix = stated.international_prefix();
  }
  if (!stated.trunk_prefix().empty()) rules.trunk_prefix = stated.trunk_prefix();
  SetShapes(stated.area_codes(), &rules.area_codes);
  SetShapes(stated.mobiles(), &rules.mobiles);
  SetShapes(stated.services(), &rules.services);
  SetDigits(stated.subscriber_digits_min(), &rules.subscriber_digits_min);
  SetDigits(stated.subscriber_digits_max(), &rules.subscriber_digits_max);
  SetDigits(stated.mobile_segment_digits(), &rules.mobile_segment_digits);
  SetDigits(stated.short_digits_min(), &rules.short_digits_min);
  SetDigits(stated.short_digits_max(), &rules.short_digits_max);
  return rules;
}

}  // namespace tierline::directory
