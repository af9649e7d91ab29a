async function list(kind: MediaDeviceKind): Promise<MediaDeviceInfo[]> {
  const devices = (await navigator.mediaDevices?.enumerateDevices()) ?? []
  return devices.filter((device) => device.kind === kind)
}

/**
 * The microphones of this machine. Browsers hide names and ids until the page may use a microphone: list
 * again after `start()`, and at each `devicechange` event of `navigator.mediaDevices`.
 */
export async function listMicrophones(): Promise<MediaDeviceInfo[]> {
  return list('audioinput')
}

/** The speakers of this machine. Empty in browsers that do not let a page choose. */
export async function listSpeakers(): Promise<MediaDeviceInfo[]> {
  return list('audiooutput')
}
