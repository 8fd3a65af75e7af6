// The text rules that RTSP, SDP and HTTP authentication share: case, blanks, numbers, lists.
#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <string_view>

namespace flux::rtsp {

inline char lowerCase(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

inline bool equalsIgnoreCase(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (lowerCase(a[i]) != lowerCase(b[i])) return false;
  }
  return true;
}

inline bool startsWithIgnoreCase(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && equalsIgnoreCase(text.substr(0, prefix.size()), prefix);
}

/// Without blanks, tabs and line ends on either side.
inline std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

/// Cuts off and returns what stands before the first `separator`; `rest` keeps what follows it.
inline std::string_view nextField(std::string_view& rest, char separator) {
  const size_t at = rest.find(separator);
  const std::string_view field = rest.substr(0, at);
  rest = at == std::string_view::npos ? std::string_view{} : rest.substr(at + 1);
  return field;
}

/// A decimal number that is the whole of `text` but for blanks around it.
template <typename Number>
std::optional<Number> parseNumber(std::string_view text) {
  text = trim(text);
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

/// At most `limit` characters, with '?' for everything that is no printable ASCII: text of a peer
/// that goes into our messages and logs.
inline std::string printable(std::string_view text, size_t limit = 120) {
  std::string out;
  for (const char c : text.substr(0, limit)) out.push_back(c >= ' ' && c <= '~' ? c : '?');
  if (text.size() > limit) out += "...";
  return out;
}

}  // namespace flux::rtsp
