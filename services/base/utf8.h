#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace tierline {

// Bytes of the UTF-8 character at the head of `text` (RFC 3629 §4); 0: there is none.
size_t CharacterBytes(std::string_view text);

// Characters (code points) of `text`; nothing when it is not UTF-8.
std::optional<size_t> CountCharacters(std::string_view text);

}  // namespace tierline
