// One run of the plain-loop twin; what it owns lives for one forward pass. Private to the reference
// network's files, which hold its parts by subject.
#pragma once

#include <utility>

#include "reference_network.hpp"

namespace volley {

class Reference {
public:
  /// Runs the whole network; `result` is then complete but for the loss of the scores.
  Reference(const Plan& plan, const Parameters<double>& parameters,
            const std::vector<SpikeTrain>& samples, QuantisationNoise& noise, bool frozen,
            const TrainingOptions& training, const DropoutStream& dropout);

  ReferenceResult result;

private:
  Matrix zeros(std::size_t columns) const {
    return Matrix(rows_, std::vector<double>(columns, 0.0));
  }
  /// Whether the gradient is cut between two steps.
  bool detached(std::size_t earlier, std::size_t later) const {
    const auto chunk = static_cast<std::size_t>(training_.truncate_steps);
    return chunk > 0 && earlier / chunk != later / chunk;
  }

  // reference_network.cpp: populations one after another, and what comes in.
  std::vector<double> weights(std::size_t id);
  /// Share of a synapse's weight at each of its delays: the kernel when training begins.
  std::vector<double> taps(const PlanProjection& p, std::size_t row, std::size_t column) const;
  /// Sum over the delays of what was there so many steps earlier; `before` the start.
  /// `held` (or null): what stands for values that truncation cuts off.
  double delayed(const Matrix& values, const PlanProjection& p, const std::vector<double>& share,
                 std::size_t row, std::size_t t, std::size_t i, double before,
                 const Matrix* held = nullptr) const;
  void run(const PlanPopulation& population);
  void run_input(const PlanPopulation& population);
  void run_relay(const PlanPopulation& population);
  void pass_on(const PlanPopulation& population, const PlanProjection& p, Matrix& y, Matrix& s);
  void add_current(std::size_t id, Matrix& current) const;
  void normalise(const PlanPopulation& population, Matrix& current) const;

  // reference_neurons.cpp: membranes and spikes.
  struct Scan;  // of one population
  void scan(const PlanPopulation& population, const Matrix& current);
  /// What arrives at a row's neurons, recurrent projections included.
  std::vector<double> arriving(const Scan& scan, const Matrix& current, std::size_t row) const;
  void step(Scan& scan, std::size_t row, std::size_t n, double arriving) const;
  void fire(Scan& scan, std::size_t row, std::size_t n);
  int spikes_of(Scan& scan, std::size_t row, std::size_t n, double distance);
  /// Slopes and clipped membranes, the windows taken from the batch where they are to be.
  void remember(const Scan& scan);
  /// Half the window's width around neuron n's threshold.
  double half_window(const PlanPopulation& population, const Matrix& v, std::size_t n) const;

  // reference_transform.cpp: what travels on.
  void transform(const PlanPopulation& population);

  // reference_scores.cpp: scores and penalties.
  void spend_spikes();
  void spend_operations();
  void read(const PlanPopulation& population);

  const Plan& plan_;
  const Parameters<double>& parameters_;
  const std::vector<SpikeTrain>& samples_;
  QuantisationNoise& noise_;
  bool frozen_;
  const TrainingOptions& training_;
  DropoutStream dropout_;
  std::size_t steps_, rows_;
  std::vector<Matrix> output_;  // y
  std::vector<Matrix> heard_;   // spikes that dropout let through
  std::vector<std::vector<double>> intercept_;  // y of a silent neuron, by population
  std::vector<std::vector<double>> quantised_;
};

}  // namespace volley
