// Traces and their pictures.
#include "app/run_pictures.hpp"

#include "sim/event_engine.hpp"
#include "viz/pictures.hpp"

namespace volley {

SampleTrace event_trace(const FrozenPlan& plan, const SpikeTrain& train, const std::string& name,
                        int label) {
  SampleTrace trace = EventEngine(plan).run(train);
  trace.recording = name;
  trace.label = label;
  return trace;
}

std::vector<std::filesystem::path> write_run_pictures(const SampleTrace& trace,
                                                      const std::filesystem::path& folder,
                                                      std::size_t index) {
  const std::string ending = index == 0 ? ".png" : "-" + std::to_string(index + 1) + ".png";
  const std::filesystem::path raster = folder / ("raster" + ending);
  const std::filesystem::path events = folder / ("events" + ending);
  write_raster_png(trace, raster);
  write_events_png(trace, events);
  return {raster, events};
}

}  // namespace volley
