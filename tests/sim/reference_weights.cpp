#include "reference_weights.hpp"

#include <algorithm>
#include <cmath>

namespace volley {

namespace {

using Indices = std::vector<std::size_t>;

double mean(const std::vector<double>& values, const Indices& of) {
  double sum = 0;
  for (const std::size_t at : of) sum += values[at];
  return sum / static_cast<double>(of.size());
}

class ReferenceWeights {
public:
  ReferenceWeights(const WeightQuantizer& quantizer, const std::vector<double>& w,
                   std::size_t rows, std::size_t columns, WeightNoise& noise, bool frozen)
      : quantizer_(quantizer), w_(w), rows_(rows), columns_(columns), noise_(noise) {
    if (!frozen) {
      noise = {};
      noise.weight = w;
      for (auto* values : {&noise.quantised, &noise.slope, &noise.a, &noise.b, &noise.ridge})
        values->resize(w.size());
      choose();
      for (const Indices& group : groups(false)) quantise(group);
    }
    q_ = noise.quantised;
    for (std::size_t at = 0; frozen && at < w.size(); ++at)
      q_[at] += noise.slope[at] * (w[at] - noise.weight[at]);
    hat.resize(w.size());
    for (const Indices& group : groups(false)) regress(group, frozen);
  }

  std::vector<double> hat;

private:
  /// Members of every group that shares a slope, or an intercept.
  std::vector<Indices> groups(bool intercept) const {
    std::vector<Indices> all;
    const bool whole = quantizer_.group == WeightGroup::tensor ||
                       (quantizer_.group == WeightGroup::mixed && !intercept);
    const std::size_t piece = quantizer_.group == WeightGroup::sub_channel
                                  ? static_cast<std::size_t>(quantizer_.group_size)
                                  : rows_;
    for (std::size_t c = 0; c < columns_; ++c)
      for (std::size_t r = 0; r < rows_; ++r) {
        if (all.empty() || (!whole && r % piece == 0)) all.emplace_back();
        all.back().push_back(r * columns_ + c);
      }
    return all;
  }

  /// Keeps the `wanted` largest of some weights.
  void keep(Indices members, std::size_t wanted) {
    const bool signed_order = quantizer_.levels == WeightLevels::unipolar;
    std::stable_sort(members.begin(), members.end(), [&](std::size_t i, std::size_t j) {
      return signed_order ? w_[i] > w_[j] : std::abs(w_[i]) > std::abs(w_[j]);
    });
    for (std::size_t k = 0; k < members.size(); ++k) kept_[members[k]] = k < wanted;
  }

  void choose() {
    kept_.assign(w_.size(), true);
    for (std::size_t c = 0; c < columns_; ++c) {
      Indices column;
      for (std::size_t r = 0; r < rows_; ++r) column.push_back(r * columns_ + c);
      if (quantizer_.sparsity > 0)
        keep(column, rows_ - static_cast<std::size_t>(
                                 std::lround(quantizer_.sparsity * static_cast<double>(rows_))));
      if (quantizer_.of == 0) continue;
      const auto most = static_cast<std::size_t>(quantizer_.of);
      const std::size_t count = (rows_ + most - 1) / most;
      for (std::size_t g = 0; g < count; ++g) {
        Indices members;
        for (std::size_t r = 0; r < rows_; ++r)
          if ((quantizer_.interleaved ? r % count : r / most) == g) members.push_back(column[r]);
        keep(members, static_cast<std::size_t>(quantizer_.kept));
      }
    }
  }

  /// q and dq/dw of a group that shares its scale.
  void quantise(const Indices& group) {
    double spread = 0, magnitude = 0, low = 1e300, high = -1e300;
    const double n = static_cast<double>(group.size()), middle = mean(w_, group);
    for (const Indices& inner : groups(true)) {
      if (std::find(group.begin(), group.end(), inner.front()) == group.end()) continue;
      const double own = mean(w_, inner);
      for (const std::size_t at : inner) {
        spread += (w_[at] - own) * (w_[at] - own);
        centre_[at] = own;
      }
    }
    double deviation = std::sqrt(spread / std::max(n - 1, 1.0));
    if (n < 2) deviation = std::abs(w_[group.front()]);
    for (const std::size_t at : group) {
      magnitude += std::abs(w_[at]) / n;
      low = std::min(low, w_[at]);
      high = std::max(high, w_[at]);
    }
    for (const std::size_t at : group) {
      noise_.ridge[at] = quantizer_.lambda;
      level(at, middle, deviation, magnitude, low, high);
    }
  }

  void level(std::size_t at, double middle, double deviation, double magnitude, double low,
             double high) {
    const double w = w_[at];
    double &q = noise_.quantised[at], &slope = noise_.slope[at];
    switch (quantizer_.levels) {
      case WeightLevels::ternary:
        q = w > 0.7 * magnitude ? 1 : w < -0.7 * magnitude ? -1 : 0;
        slope = 1 / (1.2 * (deviation + 1e-8));
        return;
      case WeightLevels::sign:
        q = !kept_[at] ? 0 : w < 0 ? -1 : 1;
        slope = 1 / (1.2 * (deviation + 1e-8));
        return;
      case WeightLevels::unipolar:
        q = kept_[at] ? 1 : 0;
        slope = 1 / ((quantizer_.intercept ? 1.6 : 0.8) * (deviation + 1e-8));
        return;
      case WeightLevels::uniform: break;
    }
    if (quantizer_.bits == 32) {
      q = kept_[at] ? w : 0;
      slope = 1;
      noise_.ridge[at] *= deviation * deviation;
    } else if (quantizer_.bits == 1) {
      q = quantizer_.intercept ? (w >= centre_[at] ? 1.0 : 0.0) : (w >= 0 ? 0.5 : -0.5);
      slope = 1 / (1.6 * (deviation + 1e-8));
    } else {
      if (quantizer_.range == WeightRange::absmax) {
        high = std::max(std::abs(low), std::abs(high));
        low = -high;
      } else if (quantizer_.range == WeightRange::deviation) {
        const double k =
            quantizer_.deviations > 0 ? quantizer_.deviations : (quantizer_.bits + 1) / 2.0;
        low = middle - k * deviation;
        high = middle + k * deviation;
      }
      double step = 0, lowest = 0, highest = 0;
      if (quantizer_.grid == WeightGrid::symmetric) {
        highest = std::pow(2, quantizer_.bits - 1) - 1;
        lowest = -highest;
        step = std::max(std::abs(low), std::abs(high)) / highest;
      } else {
        const double top = std::pow(2, quantizer_.bits) - 1;
        step = std::max(high - low, 1e-30) / top;
        lowest = -std::nearbyint(-low / step);
        highest = lowest + top;
      }
      const double round = std::nearbyint(w / step);
      q = kept_[at] ? std::clamp(round, lowest, highest) : 0;
      slope = round >= lowest && round <= highest ? 1 / step : 0;
    }
  }

  void regress(const Indices& group, bool frozen) {
    const double n = static_cast<double>(group.size());
    double covariance = 0, variance = 0;
    std::vector<Indices> inner;
    for (const Indices& each : groups(true))
      if (std::find(group.begin(), group.end(), each.front()) != group.end())
        inner.push_back(each);
    for (const Indices& each : inner) {
      const double mean_w = quantizer_.intercept ? mean(w_, each) : 0;
      const double mean_q = quantizer_.intercept ? mean(q_, each) : 0;
      for (const std::size_t at : each) {
        covariance += (w_[at] - mean_w) * (q_[at] - mean_q) / n;
        variance += (q_[at] - mean_q) * (q_[at] - mean_q) / n;
      }
    }
    const double a = covariance / (variance + noise_.ridge[group.front()] + 1e-8);
    for (const Indices& each : inner) {
      const double b = quantizer_.intercept ? mean(w_, each) - a * mean(q_, each) : 0;
      for (const std::size_t at : each) {
        if (!frozen) noise_.a[at] = a, noise_.b[at] = b;
        hat[at] = a * q_[at] + b;
        if (quantizer_.estimator == WeightEstimator::denoise || !frozen) continue;
        hat[at] = noise_.a[at] * q_[at] + noise_.b[at];
        if (quantizer_.estimator == WeightEstimator::constant) continue;
        const double moved = noise_.slope[at] != 0 ? w_[at] - noise_.weight[at] : 0.0;
        hat[at] = noise_.a[at] * noise_.quantised[at] + noise_.b[at] + moved;
      }
    }
  }

  const WeightQuantizer& quantizer_;
  const std::vector<double>& w_;
  std::size_t rows_, columns_;
  WeightNoise& noise_;
  std::vector<bool> kept_;
  std::vector<double> q_, centre_ = std::vector<double>(w_.size());
};

}  // namespace

std::vector<double> reference_weights(const WeightQuantizer& quantizer,
                                      const std::vector<double>& w, std::size_t rows,
                                      std::size_t columns, WeightNoise& noise, bool frozen) {
  return ReferenceWeights(quantizer, w, rows, columns, noise, frozen).hat;
}

}  // namespace volley
