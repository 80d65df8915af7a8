#!/usr/bin/env python3
"""Reads one WeChat bill with this program and with what people use in Python, in the same run.

    cargo bench --bench bills --no-run          # prints the path of the benchmark program
    python3 benches/bills_peers.py PROGRAM [--rows 100000] [--rounds 3]

Needs pandas, and china_bean_importers with beancount 2; a peer that is not installed is left out.
Each reader is a process of its own, as a person would start it; counted is its CPU time (user and
system), the best of the rounds, and its peak memory. Wanted: at least 4 times pandas, at least 50
times china_bean_importers, at most 100 MiB above the rows kept."""
import argparse
import os
import subprocess
import sys
import tempfile

PANDAS = """
import sys, pandas
path = sys.argv[1]
with open(path, encoding='utf-8-sig') as file:
    skip = next(number for number, line in enumerate(file) if line.startswith('交易时间'))
rows = pandas.read_csv(path, skiprows=skip, dtype=str, encoding='utf-8')
rows.columns = [name.strip('\\ufeff') for name in rows.columns]
rows['交易时间'] = pandas.to_datetime(rows['交易时间'])
rows['金额(元)'] = pandas.to_numeric(rows['金额(元)'].str.lstrip('¥￥').str.replace(',', ''))
print(len(rows))
"""

CHINA_BEAN_IMPORTERS = """
import sys
from china_bean_importers.wechat import Importer
class File:
    name = sys.argv[1]
importer = Importer({
    'importers': {'wechat': {
        'account': 'Assets:WeChat', 'lingqiantong_account': 'Assets:WeChat:Savings',
        'red_packet_income_account': 'Income:Packet', 'red_packet_expense_account': 'Expenses:Packet',
        'family_card_expense_account': 'Expenses:Family', 'group_payment_expense_account': 'Expenses:Group',
        'group_payment_income_account': 'Income:Group', 'transfer_expense_account': 'Expenses:Transfer',
        'transfer_income_account': 'Income:Transfer',
    }},
    'card_accounts': {'Assets:Card': {'ICBC': ['0000'], 'CMB': ['1111']}},
    'detail_mappings': [], 'unknown_expense_account': 'Expenses:Unknown', 'unknown_income_account': 'Income:Unknown',
})
assert importer.identify(File), 'the importer does not know the file'
print(len(importer.extract(File)))
"""


def run(command):
    """Runs a process and returns its CPU seconds, its peak in MiB and what it printed."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = subprocess.Popen(command, stdout=out, stderr=err)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        text = out.read().decode().strip()
        if child.returncode:
            last = err.read().decode().strip().splitlines()[-1:]
            return None, 0, " ".join(last)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, text


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", help="the benchmark program `bills`")
    parser.add_argument("--rows", default="100000")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "wechat.csv")
        subprocess.run([arguments.program, "--write", path, "--rows", arguments.rows], check=True)
        readers = [
            ("this program", [arguments.program, "--memory", path]),
            ("pandas", [sys.executable, "-c", PANDAS, path]),
            ("china_bean_importers", [sys.executable, "-c", CHINA_BEAN_IMPORTERS, path]),
            ("python alone", [sys.executable, "-c", "pass"]),
        ]
        ours = None
        print(f"{arguments.rows} rows, {os.path.getsize(path) / 1e6:.1f} MB")
        for name, command in readers:
            rounds = [run(command) for _ in range(arguments.rounds)]
            done = [one for one in rounds if one[0] is not None]
            if not done:
                print(f"{name:<22} not measured: {rounds[0][2]}")
                continue
            seconds, peak, said = min(done)
            ours = ours or seconds
            print(f"{name:<22} {seconds:8.3f} CPU s {seconds / ours:7.1f}x {peak:7.0f} MiB   {said}")


if __name__ == "__main__":
    main()
