// What is wrong with a camera, its stream or ONVIF, and what to do.
const notRecorded = 'Meanwhile nothing of this camera is seen or recorded.';

export default {
  ERR_CONNECTION: {
    title: 'No connection to the camera.',
    meaning: notRecorded,
    advice: 'Check its power, network cable and address. It is tried again by itself.',
  },
  ERR_HOST_NOT_FOUND: {
    title: 'The camera’s name has no address.',
    meaning: notRecorded,
    advice:
      'Check the name in the stream address, or enter the IP address, and check the DNS server.',
  },
  ERR_TLS: {
    title: 'No secure connection came about.',
    meaning: notRecorded,
    advice: 'Check the port: secure streams (rtsps) often have another one.',
  },
  ERR_TLS_CERTIFICATE: {
    title: 'The camera’s certificate has expired, was changed, or is not believed.',
    meaning: notRecorded,
    advice:
      'Renew it on the camera’s web page. Or compare the fingerprint in the details with the camera’s own, and enter it in the camera’s settings.',
  },
  ERR_UNAUTHORIZED: {
    title: 'User name or password were refused.',
    meaning: notRecorded,
    advice: 'Enter the right ones in the camera’s settings.',
  },
  ERR_HTTP_STATUS: {
    title: 'The device answered with a failure.',
    meaning: notRecorded,
    advice: 'Look at the device’s own web page; the message has its status.',
  },
  ERR_NO_VIDEO: {
    title: 'The stream has no video that can be recorded.',
    meaning: notRecorded,
    advice: 'Set the camera to H.264, H.265 or MJPEG.',
  },
  ERR_RTSP_UNAUTHORIZED: {
    title: 'The camera refused user name or password.',
    meaning: notRecorded,
    advice:
      'Enter the right ones in the camera’s settings. Some cameras lock users out for some minutes after wrong attempts.',
  },
  ERR_RTSP_NOT_FOUND: {
    title: 'The camera has no such stream.',
    meaning: notRecorded,
    advice:
      'Check the path of the stream address, or search for the camera again to get it by ONVIF.',
  },
  ERR_RTSP_SESSION_NOT_FOUND: {
    title: 'The camera forgot its session.',
    meaning: notRecorded,
    advice: 'Nothing to do: it is connected anew. Restart the camera where that repeats.',
  },
  ERR_RTSP_STATUS: {
    title: 'The camera answered with a failure.',
    meaning: notRecorded,
    advice:
      'Often too many viewers are connected to the camera itself: close other programs that view it.',
  },
  ERR_RTSP_PROTOCOL: {
    title: 'What answers is no camera stream.',
    meaning: notRecorded,
    advice: 'Check the port of the stream address; RTSP is usually 554.',
  },
  ERR_RTSP_TIMEOUT: {
    title: 'The camera does not answer.',
    meaning: notRecorded,
    advice: 'Check its address, its power and the firewall between it and this server.',
  },
  ERR_RTSP_STALLED: {
    title: 'The camera stopped sending pictures.',
    meaning: notRecorded,
    advice: 'It is connected anew by itself. With UDP, look at the firewall or choose TCP.',
  },
  ERR_RTSP_CLOSED: {
    title: 'The camera ended the connection.',
    meaning: notRecorded,
    advice: 'It is connected anew by itself. Restart the camera where that repeats.',
  },
  ERR_RTSP_NO_VIDEO: {
    title: 'The camera offers no video that is known here.',
    meaning: notRecorded,
    advice: 'Set the camera to H.264, H.265 or MJPEG.',
  },
  ERR_RTSP_UNSUPPORTED: {
    title: 'The camera does not support this transport.',
    meaning: notRecorded,
    advice: 'Choose another transport in the camera’s settings; TCP nearly always works.',
  },
  ERR_ONVIF_UNREACHABLE: {
    title: 'The device cannot be reached by ONVIF.',
    advice: 'Check its address and port, and that ONVIF is switched on in the device.',
  },
  ERR_ONVIF_UNAUTHORIZED: {
    title: 'ONVIF refused user name or password.',
    advice: 'Many cameras keep users of their own for ONVIF: add one on the camera’s web page.',
  },
  ERR_ONVIF_FAULT: {
    title: 'The device refused the request.',
    advice: 'The message has its words. Update the device’s firmware where that repeats.',
  },
  ERR_ONVIF_ANSWER: {
    title: 'What answers is not ONVIF.',
    advice: 'Check that the address is the device’s ONVIF port.',
  },
  ERR_ONVIF_UNSUPPORTED: {
    title: 'The device lacks this function.',
    advice: 'Do without it, or set it up on the device’s own web page.',
  },
  ERR_ONVIF_FOREIGN_HOST: {
    title: 'The device names an address of another host.',
    advice:
      'Check the network settings of the device; it may believe in an old address of its own.',
  },
  ERR_CAMERA_EXISTS: {
    title: 'There is a camera of that id already.',
    advice: 'Choose another name.',
  },
  ERR_CAMERA_NOT_FOUND: {
    title: 'There is no such camera, or you may not see it.',
    advice: 'Ask an administrator whether it was removed or is not assigned to you.',
  },
  ERR_DECODE: {
    title: 'A picture is damaged.',
    advice: 'Choose another moment. Where all fail, look at what the camera sends.',
  },
  ERR_DECODER: {
    title: 'The decoder gave up on the stream.',
    advice: 'Nothing to do: another takes over at the next key picture.',
  },
  ERR_ADDRESS_REFUSED: {
    title: 'The server does not connect to this address.',
    advice:
      'Enter the address of a camera on the network; not a file, a program or the server itself.',
  },
  ERR_UNSUPPORTED_CODEC: {
    title: 'This browser cannot show the camera’s codec.',
    advice:
      'Use a browser that shows H.265, such as Firefox, or export the footage. For the future, have the camera send H.264 on its sub stream, and record that, too.',
  },
};
