// `volley export --format nir`. Owns the order of the steps; the layout is models'.
#include <fmt/format.h>

#include <filesystem>

#include "app/export_check.hpp"
#include "models/nir.hpp"

namespace volley {

namespace {

int write(const ExportRequest& request, const std::string& profile) {
  const LoadedModel& model = request.model;
  NirWriteOptions options;
  options.profile = profile == "sinabs" ? NirProfile::sinabs : NirProfile::portable;
  std::vector<ExportLoss> losses;
  for (const NirLoss& loss : nir_losses(model.frozen, options))
    losses.push_back({loss.kind, loss.where, loss.reason});
  need_acceptance(losses, request);
  // Nobody finds a file under its final name that has not been checked.
  AtomicFile target(request.options.file);
  const NirReport report = write_nir(model.frozen, target.temporary(), options);
  Json& json = request.json;
  json["profile"] = profile;
  json["portable"] = report.portable;
  json["warnings"] = report.warnings;
  for (const NirLoss& loss : report.losses)
    json["warnings"].push_back(loss.where + ": " + loss.reason);
  for (const std::string& line : report.warnings) request.console.warn(line);
  const bool same = verify_network(request, [&] {
    std::vector<std::string> assumptions;
    return read_nir(target.temporary(), assumptions);
  });
  if (!same) return 1;
  json["runs"] = true;
  std::string exact;
  if (report.portable)
    exact = profile == "sinabs" ? "exact in sinabs" : "exact in snnTorch, Norse, SpikingJelly";
  finish_file(target, exact, request);
  return 0;
}

}  // namespace

ExportFormat nir_format(CLI::App& command) {
  const auto profile = std::make_shared<std::string>("portable");
  command
      .add_option("--nir-profile", *profile,
                  "of nir: portable is exact in snnTorch, Norse and SpikingJelly, sinabs in sinabs")
      ->check(CLI::IsMember({"portable", "sinabs"}).description(""))
      ->type_name("portable|sinabs")
      ->capture_default_str();
  ExportFormat format;
  format.name = "nir";
  format.extensions = {".nir", ".h5", ".hdf5"};
  format.words = "the Neuromorphic Intermediate Representation (HDF5)";
  format.losses = nir_loss_kinds();
  format.write = [profile](const ExportRequest& request) { return write(request, *profile); };
  return format;
}

}  // namespace volley
