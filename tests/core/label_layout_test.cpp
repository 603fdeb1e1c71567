#include "core/annotate/label_layout.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <vector>

namespace masklens {
namespace {

constexpr std::array<PlateSize, kPlateForms> kSizes = {{{70, 15}, {30, 15}, {15, 15}}};

bool inside(const Box& box, int width, int height) {
  return box.x >= 0 && box.y >= 0 && box.right() <= static_cast<float>(width) &&
         box.bottom() <= static_cast<float>(height);
}

TEST(LabelLayout, WithRoomEveryPlateSpeaksInWordsAboveItsFace) {
  const std::vector<PlateRequest> faces = {{{20, 60, 40, 40}, kSizes}, {{150, 80, 40, 40}, kSizes}};
  const auto places = place_plates(faces, 300, 200);
  ASSERT_EQ(places.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_TRUE(places[i].shown);
    EXPECT_EQ(places[i].form, 0U);
    EXPECT_FLOAT_EQ(places[i].box.bottom(), faces[i].face.y);
    EXPECT_FLOAT_EQ(places[i].box.x, faces[i].face.x);
  }
}

TEST(LabelLayout, PlatesStayInsideThePicture) {
  for (const Box& face : {Box{-20, -20, 40, 40}, Box{280, 180, 40, 40}, Box{130, -30, 40, 40},
                          Box{-30, 190, 40, 40}, Box{0, 0, 300, 200}, Box{-50, -50, 400, 300}}) {
    const auto places = place_plates(std::vector<PlateRequest>{{face, kSizes}}, 300, 200);
    ASSERT_TRUE(places[0].shown);
    EXPECT_TRUE(inside(places[0].box, 300, 200)) << face.x << "," << face.y;
  }
}

TEST(LabelLayout, APlateCoversItsFaceOnlyWhenTheFaceFillsThePicture) {
  const auto near_top =
      place_plates(std::vector<PlateRequest>{{{100, 5, 60, 60}, kSizes}}, 300, 200);
  EXPECT_EQ(intersection_area(near_top[0].box, {100, 5, 60, 60}), 0);
  const auto filling =
      place_plates(std::vector<PlateRequest>{{{0, 0, 300, 200}, kSizes}}, 300, 200);
  EXPECT_TRUE(filling[0].shown);
  EXPECT_EQ(filling[0].form, 0U);
}

TEST(LabelLayout, ACrowdGetsShorterPlatesThatCoverNeitherFacesNorEachOther) {
  std::vector<PlateRequest> faces;
  for (int row = 0; row < 5; ++row) {
    for (int column = 0; column < 8; ++column) {
      const float x = 10 + 48.0f * static_cast<float>(column) + 9.0f * static_cast<float>(row % 2);
      faces.push_back({{x, 20 + 50.0f * static_cast<float>(row), 12, 12}, kSizes});
    }
  }
  const auto places = place_plates(faces, 400, 280);
  for (std::size_t i = 0; i < places.size(); ++i) {
    EXPECT_TRUE(places[i].shown) << i;
    EXPECT_GT(places[i].form, 0U) << i;
    EXPECT_TRUE(inside(places[i].box, 400, 280));
    for (std::size_t k = 0; k < places.size(); ++k) {
      EXPECT_EQ(intersection_area(places[i].box, faces[k].face), 0) << i << " over face " << k;
      if (k == i) continue;
      EXPECT_EQ(intersection_area(places[i].box, places[k].box), 0) << i << " over " << k;
    }
  }
}

TEST(LabelLayout, ThousandsOfFacesTakeNoLongerEachThanHundreds) {
  const auto seconds = [](int rows) {
    std::vector<PlateRequest> faces;
    for (int row = 0; row < rows; ++row) {
      for (int column = 0; column < 50; ++column) {
        faces.push_back(
            {{48.0f * static_cast<float>(column), 40.0f * static_cast<float>(row), 20, 20},
             kSizes});
      }
    }
    const std::clock_t begun = std::clock();
    place_plates(faces, 2400, 40 * rows);
    return static_cast<double>(std::clock() - begun) / CLOCKS_PER_SEC;
  };
  const double few = seconds(20);
  EXPECT_LT(seconds(80), 10 * std::max(few, 0.01));  // four times as many; were it square, sixteen
}

TEST(LabelLayout, WhereThereIsNoSpaceNoPlateIsPutOnTopOfAnother) {
  const auto tiny = place_plates(std::vector<PlateRequest>{{{2, 2, 6, 6}, kSizes}}, 10, 10);
  EXPECT_FALSE(tiny[0].shown);
  // Twenty faces at one spot of a picture that holds few plates.
  const std::vector<PlateRequest> pile(20, {{10, 10, 20, 20}, kSizes});
  const auto places = place_plates(pile, 40, 40);
  int shown = 0;
  for (const PlatePlace& place : places) shown += place.shown ? 1 : 0;
  EXPECT_GT(shown, 0);
  EXPECT_LT(shown, 8);
  EXPECT_TRUE(place_plates({}, 40, 40).empty());
}

}  // namespace
}  // namespace masklens
