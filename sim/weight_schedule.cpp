#include "sim/weight_schedule.hpp"

#include "base/error.hpp"

namespace volley {

namespace {
std::string tensor_name(const PlanProjection& projection) { return projection.name + "/sparsity"; }
}  // namespace

ProjectionSparsity sparsity_at(const Plan& plan, double progress) {
  ProjectionSparsity sparsity;
  for (const PlanProjection& projection : plan.projections)
    sparsity.push_back(projection.spec.weights.sparsity_at(progress));
  return sparsity;
}

WeightQuantizer quantizer_in_force(const PlanProjection& projection,
                                   const ProjectionSparsity& sparsity) {
  WeightQuantizer quantizer = projection.spec.weights;
  if (!sparsity.empty()) quantizer.sparsity = sparsity[projection.id];
  return quantizer;
}

DoubleTensors to_tensors(const Plan& plan, const ProjectionSparsity& sparsity) {
  DoubleTensors tensors;
  for (const PlanProjection& projection : plan.projections)
    if (projection.spec.weights.sparsity_ramp > 0)
      tensors[tensor_name(projection)] = {{1}, {sparsity[projection.id]}};
  return tensors;
}

ProjectionSparsity sparsity_from_tensors(const Plan& plan, const DoubleTensors& tensors) {
  ProjectionSparsity sparsity = sparsity_at(plan, 1);
  for (const PlanProjection& projection : plan.projections) {
    if (projection.spec.weights.sparsity_ramp <= 0) continue;
    const auto found = tensors.find(tensor_name(projection));
    if (found == tensors.end() || found->second.values.size() != 1)
      throw Error("the statistic is missing", tensor_name(projection));
    sparsity[projection.id] = found->second.values.front();
  }
  return sparsity;
}

}  // namespace volley
