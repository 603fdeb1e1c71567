#include "core/network/nms.h"

#include <gtest/gtest.h>

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

TEST(Geometry, BoxesWithoutAreaOverlapNothing) {
  EXPECT_EQ(iou({0, 0, 0, 5}, {0, 0, 5, 5}), 0);
  EXPECT_EQ(iou({0, 0, 0, 0}, {0, 0, 0, 0}), 0);
  EXPECT_EQ(intersection_over_minimum({0, 0, 0, 0}, {0, 0, 5, 5}), 0);
}

}  // namespace
}  // namespace masklens
