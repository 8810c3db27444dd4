// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/place_json.h"

namespace cellblock {

nlohmann::ordered_json PlaceJson(const CodePlace& place) {
  using Json = nlohmann::ordered_json;
  const auto text_or_null = [](const std::string& text) {
    return text.empty() ? Json(nullptr) : Json(text);
  };
  Json json = {{"module", text_or_null(place.module)},
               {"offset", nullptr},
               {"function", text_or_null(place.function)},
               {"file", text_or_null(place.file)},
               {"line", nullptr}};
  if (!place.module.empty()) json["offset"] = place.offset;
  if (place.line != 0) json["line"] = place.line;
  return json;
}

}  // namespace cellblock
