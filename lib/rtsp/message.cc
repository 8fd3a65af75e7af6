// Header look-up and the text form of messages. Cutting them out of a stream: stream_parser.cc.
#include "rtsp/message.h"

#include <algorithm>

#include "rtsp/text.h"

namespace flux::rtsp {
namespace {

/// Line breaks would let a value from outside begin a header of its own.
void appendLine(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c != '\r' && c != '\n' && c != '\0') out.push_back(c);
  }
}

void appendHeadersAndBody(std::string& out, const Headers& headers, const std::string& body) {
  for (const auto& [name, value] : headers.fields()) {
    appendLine(out, name);
    out += ": ";
    appendLine(out, value);
    out += "\r\n";
  }
  if (!body.empty() && !headers.get("Content-Length")) {
    out += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  }
  out += "\r\n";
  out += body;
}

}  // namespace

std::optional<std::string_view> Headers::get(std::string_view name) const {
  for (const auto& [key, value] : fields_) {
    if (equalsIgnoreCase(key, name)) return value;
  }
  return std::nullopt;
}

std::vector<std::string_view> Headers::getAll(std::string_view name) const {
  std::vector<std::string_view> out;
  for (const auto& [key, value] : fields_) {
    if (equalsIgnoreCase(key, name)) out.push_back(value);
  }
  return out;
}

std::string serialize(const Request& request) {
  std::string out;
  appendLine(out, request.method);
  out += ' ';
  appendLine(out, request.url);
  out += " RTSP/1.0\r\n";
  appendHeadersAndBody(out, request.headers, request.body);
  return out;
}

std::string serialize(const Response& response) {
  std::string out = "RTSP/1.0 " + std::to_string(response.status) + ' ';
  appendLine(out, response.reason);
  out += "\r\n";
  appendHeadersAndBody(out, response.headers, response.body);
  return out;
}

}  // namespace flux::rtsp
