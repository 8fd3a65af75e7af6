#!/usr/bin/python3
"""A camera made of GStreamer's RTSP server, which is none of ours: for tests of the client.

Plays a test picture, and sound where asked, or a clip, at /live. Serves TCP, UDP and RTSP over HTTP on one
port; with --tls that port speaks TLS, in RTSP as in HTTP. Prints one line of JSON once it listens:
{"port": 40123, "url": "rtsp://127.0.0.1:40123/live"}. Ends with its standard input, or by SIGTERM.

Debian: gir1.2-gst-rtsp-server-1.0 python3-gi glib-networking gstreamer1.0-plugins-base
gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly gstreamer1.0-libav
"""

import argparse
import json
import signal
import sys
import time

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gio, GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

VIDEO = {
    "h264": "x264enc tune=zerolatency speed-preset=ultrafast key-int-max={gop} bframes=0 ! "
    "video/x-h264,profile=baseline ! h264parse config-interval={config} ! rtph264pay name=pay0 pt=96",
    "h265": "x265enc tune=zerolatency speed-preset=ultrafast key-int-max={gop} ! "
    "h265parse config-interval={config} ! rtph265pay name=pay0 pt=96",
    "mjpeg": "jpegenc ! rtpjpegpay name=pay0 pt=26",
}

AUDIO = {
    "aac": "audio/x-raw,rate=48000,channels=2 ! avenc_aac ! aacparse ! rtpmp4gpay name=pay1 pt=97",
    "pcmu": "audio/x-raw,rate=8000,channels=1 ! mulawenc ! rtppcmupay name=pay1 pt=0",
    "pcma": "audio/x-raw,rate=8000,channels=1 ! alawenc ! rtppcmapay name=pay1 pt=8",
    "opus": "audio/x-raw,rate=48000,channels=2 ! opusenc ! rtpopuspay name=pay1 pt=97",
    "l16": "audio/x-raw,rate=16000,channels=1,format=S16BE ! rtpL16pay name=pay1 pt=97",
    "g726": "audio/x-raw,rate=8000,channels=1 ! avenc_g726 bitrate=32000 ! "
    "rtpg726pay name=pay1 pt=97",
}

TRANSPORT = {
    "tcp": GstRtsp.RTSPLowerTrans.TCP,
    "udp": GstRtsp.RTSPLowerTrans.UDP,
    "any": GstRtsp.RTSPLowerTrans.TCP | GstRtsp.RTSPLowerTrans.UDP,
}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--codec", choices=VIDEO, default="h264")
    parser.add_argument("--audio", choices=["none", *AUDIO], default="none")
    parser.add_argument("--transport", choices=TRANSPORT, default="any")
    parser.add_argument("--tls", metavar="PEM", help="certificate and key in one file")
    parser.add_argument("--user", help="ask for this user by Digest")
    parser.add_argument("--password", default="")
    parser.add_argument("--port", type=int, default=0, help="0: the system chooses")
    parser.add_argument("--width", type=int, default=320)
    parser.add_argument("--height", type=int, default=240)
    parser.add_argument("--fps", type=int, default=25)
    parser.add_argument("--gop", type=int, default=25, help="pictures from one key frame to the next")
    parser.add_argument(
        "--parameters", choices=["sdp", "inband"], default="sdp",
        help="inband: parameter sets before each key frame as well",
    )
    parser.add_argument(
        "--clip", metavar="MKV", help="play this H.264 and A-law instead, in real time",
    )
    parser.add_argument("--sound-delay", type=int, default=0, metavar="MS",
                        help="of --clip: send its sound this much later than its pictures")
    parser.add_argument("--report-interval", type=int, metavar="MS",
                        help="from one sender report to the next; else as RFC 3550 has it")
    return parser.parse_args()


def launch_line(options):
    if options.clip:
        return (f'( filesrc location="{options.clip}" ! matroskademux name=clip '
                "clip.video_0 ! queue name=pictures ! h264parse ! rtph264pay name=pay0 pt=96 "
                "clip.audio_0 ! queue name=sound ! rtppcmapay name=pay1 pt=8 )")
    video = VIDEO[options.codec].format(
        gop=options.gop, config=-1 if options.parameters == "inband" else 0
    )
    parts = [
        f"videotestsrc is-live=true pattern=ball ! video/x-raw,format=I420,width={options.width},"
        f"height={options.height},framerate={options.fps}/1 ! {video}"
    ]
    if options.audio != "none":
        # Small buffers, so that sound does not come in lumps of 128 ms.
        parts.append("audiotestsrc is-live=true freq=440 samplesperbuffer=320 ! audioconvert ! "
                     f"audioresample ! {AUDIO[options.audio]}")
    return "( " + " ".join(parts) + " )"


def delay(element, milliseconds):
    """Holds what leaves `element` until its time and so much more; its timestamps stay."""
    clock = Gst.SystemClock.obtain()

    def on_buffer(_pad, info):
        media = element.get_parent()
        while media.get_parent():
            media = media.get_parent()
        if media.current_state == Gst.State.PLAYING:
            due = media.get_base_time() + info.get_buffer().pts + milliseconds * Gst.MSECOND
            time.sleep(max(0, due - clock.get_time()) / Gst.SECOND)
        return Gst.PadProbeReturn.OK

    element.get_static_pad("src").add_probe(Gst.PadProbeType.BUFFER, on_buffer)


def on_media(_factory, media, options):
    if options.clip:
        delay(media.get_element().get_by_name("pictures"), 0)
        delay(media.get_element().get_by_name("sound"), options.sound_delay)
    if options.report_interval:
        def on_prepared(_media):
            for i in range(media.n_streams()):
                session = media.get_stream(i).get_rtpsession()
                session.set_property("rtcp-min-interval", options.report_interval * Gst.MSECOND)
        media.connect("prepared", on_prepared)


def log_in(server, factory, options):
    auth = GstRtspServer.RTSPAuth()
    if options.tls:
        auth.set_tls_certificate(Gio.TlsCertificate.new_from_file(options.tls))
    if options.user:
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        token = GstRtspServer.RTSPToken()
        token.set_string("media.factory.role", "user")
        auth.add_digest(options.user, options.password, token)
        permissions = GstRtspServer.RTSPPermissions()
        permissions.add_permission_for_role("user", "media.factory.access", True)
        permissions.add_permission_for_role("user", "media.factory.construct", True)
        factory.set_permissions(permissions)
    elif options.tls:
        token = GstRtspServer.RTSPToken()
        token.set_string("media.factory.role", "anonymous")
        auth.set_default_token(token)
        permissions = GstRtspServer.RTSPPermissions()
        permissions.add_permission_for_role("anonymous", "media.factory.access", True)
        permissions.add_permission_for_role("anonymous", "media.factory.construct", True)
        factory.set_permissions(permissions)
    server.set_auth(auth)


def main():
    options = arguments()
    Gst.init(None)
    loop = GLib.MainLoop()
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(str(options.port))
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(launch_line(options))
    factory.set_shared(True)
    factory.set_protocols(TRANSPORT[options.transport])
    factory.connect("media-configure", on_media, options)
    if options.tls or options.user:
        log_in(server, factory, options)
    server.get_mount_points().add_factory("/live", factory)
    if server.attach(None) == 0:
        sys.exit(f"cannot listen on 127.0.0.1:{options.port}")
    port = server.get_bound_port()
    scheme = "rtsps" if options.tls else "rtsp"
    print(json.dumps({"port": port, "url": f"{scheme}://127.0.0.1:{port}/live"}), flush=True)

    def on_input(channel, _condition):
        if channel.read():
            return True
        loop.quit()
        return False

    GLib.io_add_watch(GLib.IOChannel.unix_new(sys.stdin.fileno()), GLib.PRIORITY_DEFAULT,
                      GLib.IOCondition.IN | GLib.IOCondition.HUP, on_input)
    for number in (signal.SIGTERM, signal.SIGINT):
        GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, number, loop.quit)
    loop.run()


if __name__ == "__main__":
    main()
