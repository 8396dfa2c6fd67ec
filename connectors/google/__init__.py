"""The case desk, the SIEM, threat intelligence and cloud posture over Google's own REST interfaces."""
