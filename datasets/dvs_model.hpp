// The pixels of an event camera: log-intensity images in, events out. Owns the pixel model; must
// not know what the images show.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/random.hpp"
#include "datasets/event.hpp"

namespace volley {

/// A dynamic vision sensor (Lichtsteiner, Posch and Delbruck, IEEE Journal of Solid-State Circuits
/// 43(2), 2008): each pixel compares log intensity with its memory and emits ON or OFF where the
/// change reaches its threshold, as the simulators of Rebecq et al. (CoRL 2018) and Hu et al.
/// (v2e, CVPRW 2021) model it.
struct DvsOptions {
  double threshold = 0.35;      ///< change of the natural log of intensity per event
  double mismatch = 0.1;        ///< standard deviation of the thresholds, fraction of threshold
  double refractory_us = 1500;  ///< a pixel is blind this long after an event
  double noise_hz = 0.6;        ///< background events per second and pixel
};

class DvsModel {
public:
  /// Draws the pixels' thresholds and their memories around the first image, which is seen at 0 us.
  /// @param log_image height x width, row-major: natural log of intensity
  DvsModel(const SensorSize& sensor, const DvsOptions& options, std::span<const float> log_image,
           RandomEngine& random);

  /// Shows the next image at `t_us`, later than the last; between the two, log intensity changes
  /// linearly. Appends the events of the interval to `events`, pixel by pixel (not sorted by time).
  void expose(std::span<const float> log_image, std::int64_t t_us, std::vector<Event>& events);

  /// Appends background activity in [0, end_us): a Poisson process over all pixels.
  void add_noise(std::int64_t end_us, RandomEngine& random, std::vector<Event>& events) const;

private:
  struct Pixel {
    float threshold_on, threshold_off;  // log intensity, both positive
    float memory;                       // log intensity at the last event
    float seen;                         // log intensity of the last image
    float blind_until;                  // us
  };

  void emit(Pixel& pixel, float log_intensity, float t_end, Event event,
            std::vector<Event>& events) const;

  SensorSize sensor_;
  DvsOptions options_;
  std::vector<Pixel> pixels_;
  std::int64_t now_us_ = 0;
};

/// Sorts events by time, then by address, so that their order does not depend on how they came.
void sort_events(std::vector<Event>& events);

}  // namespace volley
