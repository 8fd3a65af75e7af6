#include "camera_options.h"

#include <utility>

namespace flux::binding {
namespace {

constexpr std::pair<Quality, const char*> kQualities[] = {
    {Quality::kPaused, "PAUSED"},         {Quality::kThumbnail, "THUMBNAIL"},
    {Quality::kGridView, "GRID_VIEW"},    {Quality::kFocused, "FOCUSED"},
    {Quality::kFullscreen, "FULLSCREEN"},
};

rtsp::Policies readPolicies(const Options& from) {
  using Policies = rtsp::Policies;
  using Reaction = Policies::Reaction;
  const auto reaction = [&](const char* name) {
    return from.oneOf<Reaction>(name, {{"ignore", Reaction::kIgnore}, {"fail", Reaction::kFail}});
  };
  Policies policies;
  policies.keepAlive = from.oneOf<Policies::KeepAlive>(
      "keepAlive", {{"auto", Policies::KeepAlive::kAuto},
                    {"options", Policies::KeepAlive::kOptions},
                    {"get-parameter", Policies::KeepAlive::kGetParameter},
                    {"set-parameter", Policies::KeepAlive::kSetParameter},
                    {"none", Policies::KeepAlive::kNone}});
  policies.keepAliveSeconds = static_cast<int>(from.integer("keepAliveSeconds", 0, 3600));
  policies.digest =
      from.oneOf<Policies::Digest>("digest", {{"auto", Policies::Digest::kAuto},
                                              {"md5", Policies::Digest::kMd5},
                                              {"sha-256", Policies::Digest::kSha256}});
  policies.teardown = from.oneOf<Policies::Teardown>(
      "teardown", {{"always", Policies::Teardown::kAlways}, {"never", Policies::Teardown::kNever}});
  policies.staleSessionWaitSeconds =
      static_cast<int>(from.integer("staleSessionWaitSeconds", 0, 600));
  policies.unassignedChannel = reaction("unassignedChannel");
  policies.unknownRtcpSsrc = reaction("unknownRtcpSsrc");
  policies.sessionIdChange = reaction("sessionIdChange");
  policies.maxForwardJumpSeconds = static_cast<int>(from.integer("maxForwardJumpSeconds", 1, 3600));
  policies.control = from.oneOf<Policies::Control>(
      "control",
      {{"append", Policies::Control::kAppend}, {"rfc3986", Policies::Control::kRfc3986}});
  policies.avSync = from.oneOf<Policies::AvSync>(
      "avSync", {{"rtcp", Policies::AvSync::kRtcp}, {"arrival", Policies::AvSync::kArrival}});
  return policies;
}

std::vector<std::string> readTexts(const Napi::Array& from) {
  std::vector<std::string> texts;
  for (uint32_t i = 0; i < from.Length(); ++i) texts.push_back(from.Get(i).ToString().Utf8Value());
  return texts;
}

rtsp::ClientOptions readStream(const Options& from) {
  rtsp::ClientOptions options;
  options.url = from.text("url");
  options.username = from.text("username");
  options.password = from.text("password");
  options.connectTimeoutMs = from.integer("connectTimeoutMs", 1);
  options.stallTimeoutMs = from.integer("stallTimeoutMs", 1);
  options.reconnectMinMs = from.integer("reconnectMinMs", 1);
  options.reconnectMaxMs = from.integer("reconnectMaxMs", 1);
  options.transport = from.oneOf<rtsp::Transport>("transport", {{"tcp", rtsp::Transport::kTcp},
                                                                {"udp", rtsp::Transport::kUdp},
                                                                {"auto", rtsp::Transport::kAuto}});
  options.audio = from.flag("audio");
  options.metadata = from.flag("metadata");
  options.tlsFingerprint = from.text("tlsFingerprint");
  options.tlsVerify = from.flag("tlsVerify");
  options.tlsAuthorities = from.text("tlsAuthorities");
  options.tlsServerName = from.text("tlsServerName");
  options.refusedAddresses = AddressBlocks(readTexts(from.array("refusedAddresses")));
  options.policies = readPolicies(Options(from.value("policies")));
  return options;
}

}  // namespace

CameraOptions readCameraOptions(const Options& from) {
  CameraOptions options;
  options.id = from.text("id");
  options.client = readStream(Options(from.value("main")));
  if (!from.value("sub").IsUndefined()) options.subClient = readStream(Options(from.value("sub")));
  options.lingerMs = from.integer("lingerMs", 0, 86400000);
  return options;
}

Quality qualityArgument(const Napi::Value& value) {
  const std::string text = textArgument(value, "quality");
  for (const auto& [quality, name] : kQualities) {
    if (text == name) return quality;
  }
  throw Error("ERR_INVALID_ARGUMENT", "quality cannot be '" + text + "'");
}

const char* qualityName(Quality quality) {
  for (const auto& [known, name] : kQualities) {
    if (known == quality) return name;
  }
  return "";
}

StreamKind streamArgument(const Napi::Value& value) {
  const std::string text = textArgument(value, "stream");
  if (text == "main") return StreamKind::kMain;
  if (text == "sub") return StreamKind::kSub;
  throw Error("ERR_INVALID_ARGUMENT", "stream must be 'main' or 'sub'");
}

const char* streamName(StreamKind stream) {
  return stream == StreamKind::kSub ? "sub" : "main";
}

}  // namespace flux::binding
