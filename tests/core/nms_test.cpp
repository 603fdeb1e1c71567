#include "core/network/nms.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace masklens {
namespace {

using Indices = std::vector<std::size_t>;

// A chain: each box overlaps the next with IoU 0.6, and the next but one with IoU 1/3.
const std::vector<Box> kChain = {{0, 0, 10, 10}, {2.5f, 0, 10, 10}, {5, 0, 10, 10}};
const std::vector<float> kFalling = {0.9f, 0.8f, 0.7f};

TEST(Nms, KeepsTheBestOfOverlappingBoxes) {
  EXPECT_EQ(nms(kChain, std::vector<float>{0.5f, 0.9f, 0.6f}, 0.5f), (Indices{1}));
}

TEST(Nms, GreedySuppressionLetsTheEndOfAChainLive) {
  EXPECT_EQ(nms(kChain, kFalling, 0.5f), (Indices{0, 2}));
}

TEST(Nms, SuppressionByAnyBetterBoxDropsTheWholeChain) {
  EXPECT_EQ(nms(kChain, kFalling, 0.5f, Overlap::kUnion, Suppressor::kAny), (Indices{0}));
}

TEST(Nms, OverlapAtTheThresholdIsKept) {
  const std::vector<Box> boxes = {{0, 0, 2, 1}, {1, 0, 2, 1}};  // IoU 1/3
  EXPECT_EQ(nms(boxes, std::vector<float>{1, 0.5f}, 1.0f / 3).size(), 2u);
  EXPECT_EQ(nms(boxes, std::vector<float>{1, 0.5f}, 0.33f).size(), 1u);
}

TEST(Nms, OverTheMinimumABoxInsideAnotherGoes) {
  const std::vector<Box> boxes = {{0, 0, 100, 100}, {10, 10, 10, 10}};
  const std::vector<float> scores = {0.9f, 0.8f};
  EXPECT_EQ(nms(boxes, scores, 0.7f).size(), 2u);
  EXPECT_EQ(nms(boxes, scores, 0.7f, Overlap::kMinimum), (Indices{0}));
}

TEST(Nms, EqualScoresKeepTheirOrder) {
  const std::vector<Box> apart = {{0, 0, 1, 1}, {5, 0, 1, 1}, {9, 0, 1, 1}};
  EXPECT_EQ(nms(apart, std::vector<float>{0.5f, 0.5f, 0.5f}, 0.5f), (Indices{0, 1, 2}));
}

TEST(Nms, NothingInNothingOut) { EXPECT_TRUE(nms({}, {}, 0.5f).empty()); }

// The definition, word for word: every box against every better one.
Indices by_definition(const std::vector<Box>& boxes, const std::vector<float>& scores,
                      float threshold, Overlap overlap, Suppressor suppressor) {
  Indices order(boxes.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  std::vector<bool> gone(boxes.size(), false);
  Indices kept;
  for (std::size_t i = 0; i < order.size(); ++i) {
    for (std::size_t k = 0; k < i && !gone[order[i]]; ++k) {
      if (suppressor == Suppressor::kKept && gone[order[k]]) continue;
      const Box& a = boxes[order[k]];
      const Box& b = boxes[order[i]];
      gone[order[i]] =
          (overlap == Overlap::kUnion ? iou(a, b) : intersection_over_minimum(a, b)) > threshold;
    }
    if (!gone[order[i]]) kept.push_back(order[i]);
  }
  return kept;
}

TEST(Nms, IsItsDefinitionForAnyBoxes) {
  std::mt19937 random(3);
  std::uniform_real_distribution<float> unit(0, 1);
  for (int round = 0; round < 40; ++round) {
    std::vector<Box> boxes;
    std::vector<float> scores;
    for (int i = 0; i < 200; ++i) {
      const float side = std::exp2(8 * unit(random));
      const float shape = std::exp2(2 * unit(random) - 1);
      boxes.push_back({300 * unit(random), 300 * unit(random), side, side * shape});
      if (i > 0 && random() % 4 == 0) boxes[i] = boxes[i - 1];  // as a picture's neighbours are
      scores.push_back(std::round(20 * unit(random)) / 20);     // many are equal
    }
    for (float threshold : {0.0f, 0.3f, 0.5f, 0.7f, 0.95f}) {
      for (Overlap overlap : {Overlap::kUnion, Overlap::kMinimum}) {
        for (Suppressor suppressor : {Suppressor::kKept, Suppressor::kAny}) {
          ASSERT_EQ(nms(boxes, scores, threshold, overlap, suppressor),
                    by_definition(boxes, scores, threshold, overlap, suppressor));
        }
      }
    }
  }
}

TEST(Nms, WhatIsNoNumberIsNoHarm) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<Box> boxes = {{0, 0, 10, 10}, {kNan, 0, 10, 10}, {1, 0, 10, 10}};
  EXPECT_EQ(nms(boxes, std::vector<float>{kNan, 0.5f, 0.9f}, 0.5f), (Indices{2, 1}));
}

TEST(Geometry, BoxesWithoutAreaOverlapNothing) {
  EXPECT_EQ(iou({0, 0, 0, 5}, {0, 0, 5, 5}), 0);
  EXPECT_EQ(iou({0, 0, 0, 0}, {0, 0, 0, 0}), 0);
  EXPECT_EQ(intersection_over_minimum({0, 0, 0, 0}, {0, 0, 5, 5}), 0);
}

}  // namespace
}  // namespace masklens
