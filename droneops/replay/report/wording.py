"""What the page calls things, in Thai and English. A word that is not listed is shown as it came."""

from __future__ import annotations

from typing import NamedTuple


class Words(NamedTuple):
    """The same thing said in Thai and in English."""

    th: str
    en: str


STATUS = {
    "actual": Words("เหตุการณ์จริง", "ACTUAL"),
    "exercise": Words("การฝึกซ้อม", "EXERCISE"),
    "test": Words("การทดสอบระบบ", "TEST"),
}

EVENT = {
    "illegal_logging": Words("ลักลอบตัดไม้", "Illegal logging"),
    "border_crossing": Words("ข้ามแดน", "Border crossing"),
    "intrusion": Words("บุกรุกพื้นที่", "Intrusion"),
    "fire": Words("ไฟไหม้", "Fire"),
    "person_in_distress": Words("ผู้ประสบภัย", "Person in distress"),
    "drone_blind": Words("โดรนมองไม่เห็น", "Drone blind"),
}

SEVERITY = {
    "extreme": Words("ร้ายแรงที่สุด", "Extreme"),
    "severe": Words("ร้ายแรง", "Severe"),
    "moderate": Words("ปานกลาง", "Moderate"),
    "minor": Words("เล็กน้อย", "Minor"),
}

STATE = {
    "open": Words("ยังเปิดอยู่", "Open"),
    "acknowledged": Words("รับทราบแล้ว", "Acknowledged"),
    "closed": Words("ปิดแล้ว", "Closed"),
    "cancelled": Words("ยกเลิก", "Cancelled"),
}

SECOND_LOOK = {
    "agreed": Words("เห็นตรงกัน", "agreed"),
    "disagreed": Words("เห็นไม่ตรงกัน", "disagreed"),
    "could_not_tell": Words("บอกไม่ได้", "could not tell"),
    "not_asked": Words("ไม่ได้ถาม", "not asked"),
}

SECOND_LOOK_REASON = {
    "nothing_there": Words("ไม่พบสิ่งใดที่จุดนั้น", "saw nothing there"),
    "another_label": Words("เห็นเป็นสิ่งอื่น", "saw something else"),
    "label_unknown": Words("ไม่รู้จักสิ่งประเภทนี้", "does not know such things"),
    "too_small": Words("ภาพเล็กเกินไป", "too small in the picture"),
    "model_failed": Words("โมเดลขัดข้อง", "the model failed"),
    "no_thing": Words("ไม่มีสิ่งที่จะดู", "nothing to look at"),
    "no_picture": Words("ไม่มีภาพ", "no picture of it"),
}

SIDE = {
    "TH": Words("ฝั่งไทย", "Thai side"),
    "LA": Words("ฝั่งลาว", "Lao side"),
    "uncertain": Words("ไม่แน่ชัดว่าฝั่งใด", "side uncertain"),
}

LABEL = {
    "person": Words("คน", "person"),
    "boat": Words("เรือ", "boat"),
    "car": Words("รถยนต์", "car"),
    "pickup": Words("รถกระบะ", "pickup"),
    "truck": Words("รถบรรทุก", "truck"),
    "vehicle": Words("ยานพาหนะ", "vehicle"),
    "motorcycle": Words("รถจักรยานยนต์", "motorcycle"),
    "tractor": Words("รถแทรกเตอร์", "tractor"),
    "log": Words("ไม้ซุง", "log"),
    "logs": Words("ไม้ซุง", "logs"),
    "log_pile": Words("กองไม้", "log pile"),
    "planks": Words("ไม้แปรรูป", "planks"),
    "stump": Words("ตอไม้", "stump"),
    "light": Words("แสงไฟ", "light"),
    "shelter": Words("เพิงพัก", "shelter"),
    "fire": Words("ไฟ", "fire"),
    "smoke": Words("ควัน", "smoke"),
}

RULE = {
    "R0": Words("สิ่งที่เฝ้าระวังอยู่ในอุทยานหรือแนวชายแดน", "a thing watched for, in a park or the border strip"),
    "R1": Words("คนหรือแสงไฟในอุทยานเวลากลางคืน", "people or lights in a park at night"),
    "R2": Words("ยานพาหนะจอดในอุทยานหรือใกล้แนวเขต", "a vehicle stopped in a park or near its edge"),
    "R3": Words("เรือจอดริมตลิ่งฝั่งไทย", "a boat moored at the Thai bank"),
    "R4": Words("เรือ รถ และคนเดินไปมาระหว่างกัน", "a boat, a vehicle, and people walking between them"),
    "R5": Words("กลุ่มคนในอุทยาน", "a group of people in a park"),
    "R6": Words("รถแทรกเตอร์หรือรถบรรทุกลึกในอุทยาน นอกถนน", "a tractor or truck deep in a park, off the roads"),
    "R7": Words("กองไม้ ไม้แปรรูป หรือตอไม้", "a log pile, planks or stumps"),
    "R8": Words("ยานพาหนะหนีจากที่เกิดเหตุไปทางแม่น้ำ", "a vehicle leaving an incident fast toward the river"),
    "R9": Words("เรือข้ามเส้นเขตแดนหลังเกิดเหตุ", "a boat crossing the border after an incident"),
    "R10": Words("ค่ายพักในอุทยาน", "a camp in a park"),
    "R11": Words("โดรนมองไม่เห็นหรือขาดการติดต่อ", "a drone that is blind or lost its link"),
    "R12": Words("ไฟ ควัน หรือผู้ประสบภัย", "fire, smoke, or a person in distress"),
}

KIND = {
    "looked": Words("ตรวจดูอยู่", "looked"),
    "not_looked": Words("ไม่มีภาพให้ตรวจ", "no picture was looked at"),
    "telemetry_gap": Words("ข้อมูลการบินขาดช่วง", "telemetry gap"),
    "no_fix": Words("ไม่มีพิกัด GPS", "no GPS fix"),
    "no_pose": Words("ไม่รู้ตำแหน่งหรือท่าทางของโดรน", "drone's place or attitude unknown"),
    "spared": Words("ไม่ได้วิเคราะห์ภาพ เพราะอยู่ไกลจากทุกเขต", "picture not analysed: far from every zone"),
}

GROUND = {
    "looked": Words("ดูชัดพอที่จะเห็นคน", "Seen well enough to notice a person"),
    "too_coarse": Words("ดูแล้ว แต่หยาบเกินกว่าจะเห็นคน", "Seen, but too coarsely to notice a person"),
    "too_dark": Words("ดูแล้ว แต่มืดเกินไป", "Seen, but too dark"),
    "not_looked": Words("ไม่ได้ดู", "Not looked at"),
}

LIGHT = {
    "day": Words("กลางวัน", "daylight"),
    "twilight": Words("สนธยา", "twilight"),
    "night": Words("กลางคืน", "night"),
}

REASON = {
    "above_horizon": Words("อยู่เหนือเส้นขอบฟ้า", "above the horizon"),
    "beyond_range": Words("ไกลเกินระยะ", "beyond range"),
    "no_pose": Words("ไม่รู้ตำแหน่งโดรน", "no drone position"),
    "pose_too_old": Words("ตำแหน่งโดรนเก่าเกินไป", "drone position too old"),
    "no_fix": Words("ไม่มีพิกัด GPS", "no GPS fix"),
    "gimbal_unknown": Words("ไม่รู้ทิศทางกล้อง", "camera direction unknown"),
    "fov_unknown": Words("ไม่รู้มุมเลนส์", "lens angle unknown"),
}


def words(table: dict[str, Words], key: str) -> Words:
    """The entry of a table, or the key itself in both languages."""
    return table.get(key) or Words(key, key)


def both(table: dict[str, Words], key: str) -> str:
    """Thai and English on one line; once where they are the same."""
    found = words(table, key)
    return found.th if found.th == found.en else f"{found.th} {found.en}"
