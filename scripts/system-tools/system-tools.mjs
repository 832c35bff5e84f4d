/**
 * The programs that `npm run test:tools` needs, and the Debian package of each. A package with a service is unpacked and
 * not installed: its installation would start and enable the service.
 */
export const SYSTEM_TOOLS = [
  { command: 'promtool', aptPackage: 'prometheus', hasService: true },
  { command: 'prometheus', aptPackage: 'prometheus', hasService: true },
];
