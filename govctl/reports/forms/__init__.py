"""The papers that the law wants, filled from the estate and a run: form 08 and the level dossier.

`NĐ 331` is Nghị định 331/2026/NĐ-CP. Their words are the law's, so they stand here in Vietnamese,
with English for whoever reads the code. What the estate or a run does not say is marked and never
made up. All pure: the same estate and run give the same bytes.
"""
