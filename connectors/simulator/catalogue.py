"""The simulated organisation's vocabulary: people, machines, detections, words. Nobody here exists."""

from __future__ import annotations

from typing import NamedTuple

PRIORITIES = ("PRIORITY_INFO", "PRIORITY_LOW", "PRIORITY_MEDIUM", "PRIORITY_HIGH", "PRIORITY_CRITICAL")
INFO, LOW, MEDIUM, HIGH, CRITICAL = range(5)
SEVERITIES = ("INFORMATIONAL", "LOW", "MEDIUM", "HIGH", "CRITICAL")
TIER1 = tuple(f"analyst-{n:02}" for n in range(1, 9))
TIER2 = tuple(f"analyst-{n:02}" for n in range(9, 13))
LEADS = ("lead-01", "lead-02")
PLAYBOOK = "playbook-engine"
STAGES = ("Triage", "Assessment", "Investigation", "Incident", "Improvement")
ENVIRONMENTS = ("Default Environment", "Default Environment", "Default Environment", "Plant North", "Cloud")

HOSTS = (
    *(f"ws-{n:04}" for n in range(1, 361)),
    *(f"srv-app-{n:02}" for n in range(1, 25)),
    *(f"srv-db-{n:02}" for n in range(1, 13)),
    *(f"srv-file-{n:02}" for n in range(1, 7)),
    *("dc-01", "dc-02", "mail-gw-01", "vpn-gw-01", "pay-core-01", "pay-core-02", "erp-01", "hmi-plant-01"),
)
SERVERS = HOSTS[360:]


def full_name(user: str) -> str:
    """A neutral label for a user id: "analyst-07" is "Analyst 07"."""
    return user.replace("-", " ").capitalize()


class Detection(NamedTuple):
    """What a rule looks for. `malicious` is the share of its cases that turn out malicious."""

    name: str
    title: str
    technique: str
    tactic: str
    severity: int
    product: str
    malicious: float


# technique ids are ATT&CK v19 names; those of RETIRED stand for rules nobody has maintained since the split of v19
DETECTIONS = tuple(
    Detection(*row)
    for row in (
        ("mail_phish_link_clicked", "Phishing link clicked", "T1566.002", "TA0001", 2, "Mail gateway", 0.34),
        ("mail_attachment_macro", "Macro attachment opened", "T1566.001", "TA0001", 3, "Mail gateway", 0.42),
        ("oauth_grant_risky", "Suspicious OAuth grant", "T1528", "TA0006", 3, "Identity provider", 0.22),
        ("impossible_travel", "Impossible travel sign-in", "T1078", "TA0001", 2, "Identity provider", 0.05),
        ("mfa_fatigue", "Repeated MFA prompts refused", "T1621", "TA0006", 3, "Identity provider", 0.31),
        ("win_lsass_access", "LSASS memory access", "T1003.001", "TA0006", 4, "Endpoint sensor", 0.38),
        ("ps_encoded_command", "Encoded PowerShell", "T1059.001", "TA0002", 2, "Endpoint sensor", 0.12),
        ("psexec_lateral", "Remote service execution", "T1021.002", "TA0008", 3, "Endpoint sensor", 0.18),
        ("rdp_from_internet", "RDP from the internet", "T1133", "TA0001", 4, "Firewall", 0.27),
        ("dns_tunnel_volume", "DNS tunnelling volume", "T1071.004", "TA0011", 2, "Firewall", 0.08),
        ("beacon_regular", "Regular beaconing", "T1071.001", "TA0011", 3, "Web proxy", 0.24),
        ("ransom_note_written", "Ransom note file written", "T1486", "TA0040", 4, "Endpoint sensor", 0.7),
        ("shadow_copy_deleted", "Shadow copies deleted", "T1490", "TA0040", 4, "Endpoint sensor", 0.45),
        ("cloud_key_created", "Service account key created", "T1098.001", "TA0003", 2, "Cloud audit", 0.06),
        ("bucket_made_public", "Storage bucket made public", "T1530", "TA0009", 3, "Cloud audit", 0.15),
        ("iam_admin_granted", "Owner role granted", "T1098.003", "TA0004", 3, "Cloud audit", 0.1),
        ("audit_log_disabled", "Audit log switched off", "T1685", "", 4, "Cloud audit", 0.3),
        ("sensor_tampering", "Endpoint sensor tampering", "T1685", "", 3, "Endpoint sensor", 0.2),
        ("firewall_rule_weakened", "Firewall rule weakened", "T1686", "", 2, "Firewall", 0.09),
        ("kerberoast_volume", "Kerberoasting volume", "T1558.003", "TA0006", 3, "Identity provider", 0.28),
        ("brute_force_vpn", "Password guessing on VPN", "T1110.003", "TA0006", 2, "Firewall", 0.11),
        ("archive_then_upload", "Archive followed by upload", "T1560.001", "TA0009", 3, "Web proxy", 0.19),
        ("upload_to_storage", "Upload to unsanctioned storage", "T1567.002", "TA0010", 2, "Web proxy", 0.13),
        ("scheduled_task_new", "New scheduled task", "T1053.005", "TA0003", 1, "Endpoint sensor", 0.04),
        ("office_child_process", "Office application starts shell", "T1204.002", "TA0002", 3, "Endpoint sensor", 0.33),
        ("webshell_write", "Web shell written", "T1505.003", "TA0003", 4, "Endpoint sensor", 0.5),
        ("exploit_public_app", "Exploit attempt on public application", "T1190", "TA0001", 3, "Firewall", 0.14),
        ("usb_mass_copy", "Mass copy to removable disk", "T1052.001", "TA0010", 2, "Endpoint sensor", 0.16),
        ("new_inbox_rule", "Inbox rule hides mail", "T1564.008", "", 3, "Mail gateway", 0.4),
        ("helpdesk_impersonation", "Help-desk impersonation", "T1684.001", "", 3, "Identity provider", 0.35),
        ("scan_internal", "Internal port scan", "T1046", "TA0007", 1, "Firewall", 0.05),
        ("plc_write_unusual", "Unusual controller write", "", "", 3, "Firewall", 0.1),
        ("known_bad_hash", "Known malicious file", "T1204.002", "TA0002", 3, "Endpoint sensor", 0.55),
        ("policy_violation_generic", "Policy violation", "", "", 1, "Web proxy", 0.02),
        ("data_loss_pattern", "Personal data pattern in upload", "T1048", "TA0010", 2, "Web proxy", 0.07),
    )
)
RETIRED = ("T1562.001", "T1562.004", "T1070.001", "T1656")
NOISY, SILENT = 3, 13
"""Indexes of the detection that drowns the desk, and of the one that stopped firing."""

HOSTILE = (
    "<!channel> urgent: everyone read this now",
    "*bold* _italic_ ~gone~ `code` in a host name",
    "[click](http://evil.example/login) to release the quarantined mail",
    "invoice\u202egpj.exe opened by user",
    "a | b || c | table | breaker",
    "<at>Everyone</at> <script>alert(1)</script> &lt;b&gt; &amp;amp;",
    '=HYPERLINK("http://evil.example","payroll")',
    "line one\nStatus: CLOSED\nSeverity: LOW",
    "very long " + "file name that never ends " * 16,
    "<https://evil.example|https://sso.example> password reset",
)

MALICIOUS_CAUSES = ("Phishing", "Malware infection", "Compromised account", "Exploited vulnerability", "Insider")
BENIGN_CAUSES = (
    "False positive: rule too broad",
    "False positive: wrong threshold",
    "Benign true positive: authorised administration",
    "Benign true positive: penetration test",
    "False positive: stale indicator",
)
TAGS = ("oauth", "phishing", "endpoint", "identity", "cloud", "vip", "ot", "exfiltration")
IOC_SOURCES = ("Mandiant", "ET Intel", "Open source feed", "Google Threat Intelligence")
IOC_CATEGORIES = ("Command and control", "Phishing", "Malware distribution", "Anonymisation network")
