#include "core/network/working_picture.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace masklens {
namespace {

// Where pixel (x, y) of a picture turned clockwise comes from; width, height of the one before.
std::size_t source_of(int x, int y, int turns, int width, int height) {
  int from_x = x;
  int from_y = y;
  if (turns == 1) {
    from_x = y;
    from_y = height - 1 - x;
  } else if (turns == 2) {
    from_x = width - 1 - x;
    from_y = height - 1 - y;
  } else if (turns == 3) {
    from_x = width - 1 - y;
    from_y = x;
  }
  return static_cast<std::size_t>(from_y) * static_cast<std::size_t>(width) +
         static_cast<std::size_t>(from_x);
}

Point turned_back(Point p, int turns, float width, float height) {
  if (turns == 1) return {p.y, height - p.x};
  if (turns == 2) return {width - p.x, height - p.y};
  if (turns == 3) return {width - p.y, p.x};
  return p;
}

constexpr Normalisation kAsItIs{};

// The letterboxed pixels, not yet normalised, 0..255 and the padding.
Result<Tensor> pixels_of(ImageView image, const Letterbox& box, float pad, int turns) {
  Result<Tensor> tensor = image_batch(1, box.width, box.height);
  if (!tensor) return tensor;
  if (turns == 0) {
    letterbox_into(image, box, kAsItIs, pad, tensor->data);
    return tensor;
  }
  Letterbox content = box;  // of the picture before it is turned, without padding
  content.width = content.content_width = turns == 2 ? box.content_width : box.content_height;
  content.height = content.content_height = turns == 2 ? box.content_height : box.content_width;
  Result<Tensor> upright = image_batch(1, content.width, content.height);
  if (!upright) return upright;
  letterbox_into(image, content, kAsItIs, pad, upright->data);
  std::fill(tensor->data.begin(), tensor->data.end(), pad);
  const std::size_t plane = static_cast<std::size_t>(box.width) * box.height;
  const std::size_t from_plane = static_cast<std::size_t>(content.width) * content.height;
  for (int y = 0; y < box.content_height; ++y) {
    for (int x = 0; x < box.content_width; ++x) {
      const std::size_t to = static_cast<std::size_t>(y) * box.width + x;
      const std::size_t from = source_of(x, y, turns, content.width, content.height);
      for (std::size_t c = 0; c < 3; ++c) {
        tensor->data[c * plane + to] = upright->data[c * from_plane + from];
      }
    }
  }
  return tensor;
}

// The histogram is of the picture alone, without padding.
float gain_of(const Tensor& tensor, const Letterbox& box, const LightRule& rule) {
  const std::size_t plane = static_cast<std::size_t>(box.width) * box.height;
  const std::size_t pixels = static_cast<std::size_t>(box.content_width) * box.content_height;
  if (box.width == box.content_width) return light_gain(tensor.data, pixels, plane, rule);
  std::vector<float> content;
  content.reserve(3 * pixels);
  for (std::size_t c = 0; c < 3; ++c) {
    for (int y = 0; y < box.content_height; ++y) {
      const float* const row =
          tensor.data.data() + c * plane + static_cast<std::size_t>(y) * box.width;
      content.insert(content.end(), row, row + box.content_width);
    }
  }
  return light_gain(content, pixels, pixels, rule);
}

void brighten(Tensor& tensor, const Letterbox& box, float gain) {
  for (int y = 0; y < 3 * box.height; ++y) {
    if (y % box.height >= box.content_height) continue;
    float* const row = tensor.data.data() + static_cast<std::size_t>(y) * box.width;
    for (int x = 0; x < box.content_width; ++x) row[x] = brightened(row[x], gain);
  }
}

// R, G, B of pixel values to what the network wants.
void normalise(Tensor& tensor, const Normalisation& norm) {
  const std::size_t plane = tensor.data.size() / 3;
  if (norm.reversed) {
    std::swap_ranges(tensor.data.begin(), tensor.data.begin() + static_cast<std::ptrdiff_t>(plane),
                     tensor.data.begin() + static_cast<std::ptrdiff_t>(2 * plane));
  }
  for (std::size_t c = 0; c < 3; ++c) {
    if (norm.mean[c] == 0 && norm.scale[c] == 1) continue;
    for (std::size_t i = c * plane; i < (c + 1) * plane; ++i) {
      tensor.data[i] = (tensor.data[i] - norm.mean[c]) * norm.scale[c];
    }
  }
}

}  // namespace

WorkingInput read_working_input(EntryReader& reader) {
  constexpr int kMostMultiple = 1024;
  WorkingInput input;
  input.norm = reader.normalisation();
  input.pad = reader.number("input.pad", 0, 255);
  input.multiple = reader.integer("input.multiple", 1, kMostMultiple);
  input.max_side = reader.integer("maxSide", 16, 4096);
  if (reader.has("light.")) input.light = read_light(reader);
  return input;
}

Result<WorkingPicture> working_picture(ImageView image, const WorkingInput& input, int turns,
                                       float gain) {
  const bool odd = turns % 2 != 0;
  const Letterbox box =
      letterbox_for(odd ? image.height : image.width, odd ? image.width : image.height,
                    input.max_side, input.multiple);
  Result<Tensor> pixels = pixels_of(image, box, input.pad, turns);
  if (!pixels) return pixels.error();
  WorkingPicture picture{std::move(*pixels), box, 1};
  if (input.light) {
    picture.gain = gain > 0 ? gain : gain_of(picture.tensor, box, *input.light);
    if (picture.gain > 1) brighten(picture.tensor, box, picture.gain);
  }
  normalise(picture.tensor, input.norm);
  return picture;
}

Face turned_back(Face face, int turns, int width, int height) {
  if (turns == 0) return face;
  const auto back = [&](Point p) {
    return turned_back(p, turns, static_cast<float>(width), static_cast<float>(height));
  };
  const Point a = back({face.box.x, face.box.y});
  const Point b = back({face.box.right(), face.box.bottom()});
  face.box = {std::min(a.x, b.x), std::min(a.y, b.y), std::abs(a.x - b.x), std::abs(a.y - b.y)};
  for (Point& p : face.landmarks) p = back(p);
  face.roll = turns == 1 ? -90.0f : turns == 2 ? 180.0f : 90.0f;
  return face;
}

void turn_square(std::span<float> planes, int side, int turns) {
  if (turns == 0) return;
  const std::vector<float> before(planes.begin(), planes.end());
  const std::size_t plane = static_cast<std::size_t>(side) * side;
  for (std::size_t begin = 0; begin + plane <= planes.size(); begin += plane) {
    for (int y = 0; y < side; ++y) {
      for (int x = 0; x < side; ++x) {
        planes[begin + static_cast<std::size_t>(y) * side + x] =
            before[begin + source_of(x, y, turns, side, side)];
      }
    }
  }
}

}  // namespace masklens
