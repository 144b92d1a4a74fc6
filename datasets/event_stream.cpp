#include "datasets/event_stream.hpp"

namespace volley {

std::string damage_text(std::uint64_t byte, std::string_view reason) {
  return "byte " + std::to_string(byte) + ": " + std::string(reason);
}

}  // namespace volley
