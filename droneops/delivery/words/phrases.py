"""The set phrases: one entry per event, rule, reason and severity, each (Thai, English)."""

from __future__ import annotations

Both = tuple[str, str]

STATUS: dict[str, Both] = {
    "actual": ("", ""),
    "exercise": ("[การฝึกซ้อม] ", "[EXERCISE] "),
    "test": ("[การทดสอบ] ", "[TEST] "),
}

SEVERITY: dict[str, Both] = {
    "extreme": ("วิกฤต", "extreme"),
    "severe": ("รุนแรง", "severe"),
    "moderate": ("ปานกลาง", "moderate"),
    "minor": ("เล็กน้อย", "minor"),
}

SUSPICION: dict[str, Both] = {
    "illegal_logging": ("ต้องสงสัยลักลอบทำไม้", "Suspected illegal logging"),
    "border_crossing": ("ต้องสงสัยลักลอบข้ามแดน", "Suspected border crossing"),
    "intrusion": ("การบุกรุก", "Intrusion"),
    "fire": ("สงสัยเกิดเพลิงไหม้", "Suspected fire"),
    "person_in_distress": ("สงสัยมีผู้ต้องการความช่วยเหลือ", "Suspected person in distress"),
    "drone_blind": ("โดรนมองไม่เห็น", "Drone cannot see"),
}
"""What is suspected. An intrusion where somebody is seen needs no such word: the fact is the news."""

WHY: dict[str, Both] = {
    "R1": ("มีคนหรือแสงไฟในอุทยานเวลากลางคืน", "people or lights in the park at night"),
    "R2": ("รถจอดนิ่งในหรือใกล้เขตอุทยาน", "a vehicle standing in or near the park"),
    "R3": ("เรือจอดนิ่งอยู่นาน", "a boat lying still for long"),
    "R4": (
        "เรือจอดนิ่ง มีรถอยู่ใกล้ และมีคนเดินไปมาระหว่างรถกับเรือ",
        "a boat lying still, a vehicle near it, people walking between them",
    ),
    "R5": ("คนหลายคนรวมกลุ่มหรือเดินเป็นแถวในอุทยาน", "many people in a group or file in the park"),
    "R6": ("รถแทรกเตอร์หรือรถบรรทุกในพื้นที่ชั้นในของอุทยาน", "a tractor or truck deep in the park"),
    "R7": ("พบกองไม้ ไม้แปรรูป หรือตอไม้", "a log pile, planks or stumps"),
    "R8": (
        "รถออกจากจุดเกิดเหตุด้วยความเร็ว มุ่งหน้าแม่น้ำ",
        "a vehicle leaving the place fast toward the river",
    ),
    "R9": ("เรือจากจุดเกิดเหตุแล่นข้ามแนวเขตแดน", "a boat of this incident crossing the border line"),
    "R10": ("ลักษณะคล้ายค่ายพัก", "what looks like a camp"),
}
"""Which sign it was, by rule. No numbers: the site file may have others. R0, R11, R12 need no more words.
No side of the border either: the message says it, as surely as it is known now."""

CLOSED_BECAUSE: dict[str, Both] = {
    "quiet": ("ไม่พบอีก", "not seen any more"),
    "zones_changed": ("แนวเขตเปลี่ยนหรือสิ้นผลบังคับ", "the zone was changed or is no longer in force"),
    "dismissed": ("เจ้าหน้าที่แจ้งว่าไม่ใช่เหตุ", "an officer called it false"),
    "by_hand": ("ผู้ควบคุมสั่งปิด", "closed by the operator"),
}
NOT_FOLLOWED: Both = ("เลิกติดตาม", "no longer followed")

NOT_BLIND_NOW: Both = ("ไม่มีรายงานอีก", "no longer reported")

BLIND: dict[str, Both] = {
    "no_frames": ("ไม่มีภาพเข้ามา", "no pictures come in"),
    "frozen": ("ภาพค้าง", "the picture is frozen"),
    "black": ("ภาพมืดสนิท", "the picture is black"),
    "covered": ("กล้องถูกบัง", "the camera is covered"),
    "defocused": ("ภาพไม่ชัด", "the picture is out of focus"),
    "link_lost": ("ขาดการติดต่อ", "the link is lost"),
    "no_pose": ("ไม่ทราบตำแหน่งหรือทิศทางของโดรน", "its position or attitude is unknown"),
}

PILOTS: Both = (
    "นักบินตรวจสอบกล้องและสัญญาณ ระหว่างนี้พื้นที่ไม่มีการเฝ้าตรวจ",
    "Pilot: check camera and link. Until it sees again, this ground is not watched.",
)
ACT: dict[str, Both] = {
    "illegal_logging": (
        "ตรวจสอบพื้นที่ด้วยความระมัดระวัง ผู้ต้องสงสัยอาจมีอาวุธ",
        "Check the place with care, people may be armed.",
    ),
    "border_crossing": (
        "ตรวจสอบพื้นที่ด้วยความระมัดระวัง ผู้ต้องสงสัยอาจมีอาวุธ",
        "Check the place with care, people may be armed.",
    ),
    "intrusion": (
        "ตรวจสอบพื้นที่ด้วยความระมัดระวัง ผู้ต้องสงสัยอาจมีอาวุธ",
        "Check the place with care, people may be armed.",
    ),
    "fire": ("ตรวจสอบและแจ้งหน่วยดับเพลิง ระวังไฟลุกลาม", "Check, and call the fire service. It may spread."),
    "person_in_distress": (
        "ตรวจสอบและช่วยเหลือ เตรียมหน่วยกู้ภัยและแพทย์",
        "Check and help. Have rescue and medics ready.",
    ),
    "drone_blind": PILOTS,
}
"""What to do when it is real."""

ON_LAO_SIDE: Both = (
    "เฝ้าดูจากฝั่งไทย และแจ้งหน่วยชายแดนเพื่อประสานฝั่งลาว",
    "Watch from the Thai side, and have the border unit tell the Lao side.",
)
"""Instead of that where the place is not ours to go to."""

ACKNOWLEDGE: Both = ("โปรดยืนยันการรับแจ้ง", "Please acknowledge.")
SEND_NOBODY: Both = ("ห้ามส่งกำลังจริง", "Send nobody.")
SECOND_LOOK: dict[str, Both] = {
    "agreed": ("ระบบตรวจภาพชุดที่สองเห็นตรงกัน", "A second check of the picture agrees."),
    "disagreed": (
        "ระบบตรวจภาพชุดที่สองเห็นไม่ตรงกัน โปรดดูภาพ",
        "A second check of the picture does not agree: look at the picture.",
    ),
}
"""What the second model said. That it could not tell is no news for an officer; the message has it."""
STAND_IN: Both = (
    "แนวเขตที่ใช้เป็นแนวสมมุติ ไม่ใช่แนวเขตตามกฎหมาย",
    "The zone outline is a stand-in, not the legal boundary.",
)
MARKERS: Both = ("เป้าหมายเป็นแผ่นป้ายฝึกแทนของจริง", "Drill markers stand for the real thing.")
DO_NOT_CROSS: Both = ("ห้ามติดตามข้ามเข้าฝั่งลาว", "Do not follow into Laos.")
NOT_SAFE: Both = ("ไม่ได้หมายความว่าพื้นที่ปลอดภัย", "This does not mean that the place is safe.")
NO_LONGER_COUNTS: Both = ("การแจ้งนี้ไม่มีผลแล้ว ห้ามปฏิบัติตาม", "This alert no longer counts: do not act on it.")
LAST_SEEN: Both = ("เห็นครั้งสุดท้ายที่", "Last seen at")
MORE: Both = ("พบเพิ่มจากที่แจ้งครั้งก่อน", "More seen since the last message.")
MOVED: Both = (
    "ตำแหน่งหรือเขตเปลี่ยนจากที่แจ้งครั้งก่อน",
    "Its position, zone or side has changed since the last message.",
)

MONTHS: tuple[Both, ...] = (
    ("ม.ค.", "Jan"),
    ("ก.พ.", "Feb"),
    ("มี.ค.", "Mar"),
    ("เม.ย.", "Apr"),
    ("พ.ค.", "May"),
    ("มิ.ย.", "Jun"),
    ("ก.ค.", "Jul"),
    ("ส.ค.", "Aug"),
    ("ก.ย.", "Sep"),
    ("ต.ค.", "Oct"),
    ("พ.ย.", "Nov"),
    ("ธ.ค.", "Dec"),
)
"""Thai and English, as both write a date without a year."""
