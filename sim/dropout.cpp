#include "sim/dropout.hpp"

#include "base/random.hpp"

namespace volley {

void draw_dropped(const DropoutStream& stream, double probability, std::size_t population,
                  std::size_t sample, std::span<char> dropped) {
  RandomEngine engine =
      random_stream(stream.seed, StreamPurpose::dropout, {stream.step, population, sample});
  boost::random::uniform_real_distribution<double> uniform(0, 1);
  for (char& one : dropped) one = uniform(engine) < probability ? 1 : 0;
}

}  // namespace volley
