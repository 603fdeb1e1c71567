// The whole pipeline in native code, for tests/package/same_faces.test.mjs, which runs its
// networks. Lines of fields parted by tabs; what a line announces as floats follows it as bytes.
//
//   in:  numbers SECTION NAME KEY VALUE...   texts SECTION NAME KEY VALUE...   of the manifest
//        picture PATH      output SIDE...     floats: an answer to the last request, one of several
//        end               the answer is whole
//   out: request NETWORK SIDE...              floats: the input
//        faces COUNT NAME...                  floats: as flatten() gives them, each one's name
//        error MESSAGE
#include <cstdint>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <span>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "core/base/face.h"
#include "core/codec/decode.h"
#include "core/pipeline/pipeline.h"

namespace {

using namespace masklens;
using Fields = std::vector<std::string>;

bool read_line(Fields& fields) {
  std::string line;
  if (!std::getline(std::cin, line)) return false;
  fields.clear();
  std::istringstream parts(line);
  for (std::string field; std::getline(parts, field, '\t');) fields.push_back(field);
  return !fields.empty();
}

void write_floats(std::span<const float> values) {
  const auto bytes = std::as_bytes(values);
  std::cout.write(reinterpret_cast<const char*>(bytes.data()),
                  static_cast<std::streamsize>(bytes.size()));
  std::cout.flush();
}

Tensor read_tensor(std::span<const std::string> sides) {
  Tensor tensor;
  for (const std::string& side : sides) tensor.shape.push_back(std::stoi(side));
  tensor.data.resize(element_count(tensor.shape));
  std::cin.read(reinterpret_cast<char*>(tensor.data.data()),
                static_cast<std::streamsize>(tensor.data.size() * sizeof(float)));
  return tensor;
}

std::vector<Tensor> read_answer() {
  std::vector<Tensor> outputs;
  Fields fields;
  while (read_line(fields) && fields[0] == "output")
    outputs.push_back(read_tensor(std::span(fields).subspan(1)));
  return outputs;
}

void fail(const Error& error) { std::cout << "error\t" << error.message << std::endl; }

void detect(Pipeline& pipeline, const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<std::uint8_t> bytes{std::istreambuf_iterator<char>(file), {}};
  const Result<Image> image = decode(bytes);
  if (!image) return fail(image.error());
  pipeline.start(image->view(), {});
  while (const Request* request = pipeline.next()) {
    std::cout << "request\t" << request->network;
    for (int side : request->input->shape) std::cout << '\t' << side;
    std::cout << '\n';
    write_floats(request->input->data);
    pipeline.feed(read_answer());
  }
  const Result<Detection>& found = pipeline.detection();
  if (!found) return fail(found.error());
  std::cout << "faces\t" << found->faces.size();
  for (const std::string& name : face_layout()) std::cout << '\t' << name;
  std::cout << '\n';
  write_floats(flatten(found->faces));
}

}  // namespace

int main() {
  Manifest manifest;
  std::unique_ptr<Pipeline> pipeline;
  for (Fields fields; read_line(fields);) {
    if (fields[0] == "picture") {
      if (!pipeline) {
        Result<Models> models = Models::build(manifest);
        if (!models) {
          fail(models.error());
          return 1;
        }
        pipeline = std::make_unique<Pipeline>(std::move(*models), 1);
      }
      detect(*pipeline, fields[1]);
      continue;
    }
    ManifestEntry* const entry = manifest.entry(fields[1], fields[2]);
    if (!entry) return 1;
    for (std::size_t at = 4; at < fields.size(); ++at) {
      if (fields[0] == "texts") entry->texts[fields[3]].push_back(fields[at]);
      if (fields[0] == "numbers") entry->numbers[fields[3]].push_back(std::stod(fields[at]));
    }
  }
}
