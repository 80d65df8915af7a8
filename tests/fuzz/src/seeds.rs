//! The files the fuzzers start from: one of each kind that people export, made here.

use encoding_rs::GB18030;
use zip::AesMode;
use zip::write::SimpleFileOptions;

use crate::book;

const WECHAT: &str = "\u{feff}微信支付账单明细,,,,,,,,\n微信昵称：[某人],,,,,,,,\n起始时间：[2025-01-01 00:00:00] 终止时间：[2025-02-28 23:59:59],,,,,,,,\n共3笔记录,,,,,,,,\n收入：1笔 2.00元,,,,,,,,\n支出：2笔 3020.10元,,,,,,,,\n----------------------微信支付账单明细列表--------------------,,,,,,,,\n交易时间,交易类型,交易对方,商品,收/支,金额(元),支付方式,当前状态,交易单号,商户单号,备注\n2025-02-20 03:05:10,转账,\"某人\",\"转账备注:微信转账\",支出,¥3000.00,零钱,对方已收钱,\"1000050001202502200001\t\",\"/\",\"/\"\n2025-02-20 02:41:00,扫二维码付款,某摊,/,支出,￥20.10,零钱通,已退款(￥2.00),4.20000E+27\t,/,/\n2025-02-20 12:00:00,某摊-退款,某摊,/,收入,¥2.00,零钱,已退款￥2.00,4200001\t,/,/\n";

const ALIPAY: &str = "------------------------------------------------------------------------------------\n导出信息：\n姓名：某某\n支付宝账户：138****0000\n起始时间：[2025-01-01 00:00:00]    终止时间：[2025-03-01 23:59:59]\n共2笔记录\n支出：1笔 15.12元\n不计收支：1笔 9.00元\n------------------------支付宝（中国）网络技术有限公司  电子客户回单------------------------\n交易时间            ,交易分类      ,交易对方   ,对方账号,商品说明,收/支,金额,收/付款方式,交易状态,交易订单号,商家订单号,备注,\n2025-02-20 03:05:10 ,转账红包      ,某人       ,a1***@x.com,转账,支出,15.12,余额宝&红包,交易成功,2025022022001\t,\t,,\n2025-02-21 03:05:10 ,退款          ,某店       ,/,退款-某物,不计收支,9.00,余额,退款成功,2025022022001_9\t,\t,,\n";

const ALIPAY_WEB: &str = "支付宝交易记录明细查询\n账号:[138****0000]\n起始日期:[2019-05-01 00:00:00]    终止日期:[2019-08-28 00:00:00]\n---------------------------------交易记录明细列表------------------------------------\n交易号 ,商家订单号 ,交易创建时间 ,付款时间 ,最近修改时间 ,交易来源地 ,类型 ,交易对方 ,商品名称 ,金额（元） ,收/支 ,交易状态 ,服务费（元） ,成功退款（元） ,备注 ,资金状态 ,\n20190828220012\t,M5\t ,2019-08-28 09:00:00 ,2019-08-28 09:00:05 ,2019-08-28 09:00:06 ,其他 ,即时到账交易 ,某人 ,货款 ,120.00 ,支出 ,交易成功 ,0.00 ,1.00 , ,已支出 ,\n-----\n共1笔记录\n已支出:1笔,120.00元\n";

const BANKS: &[&str] = &[
    "交易日期,交易时间,交易摘要,交易金额,本次余额,对手信息,日 志 号,交易渠道,交易附言\n20250401,082925,支付宝,-4500.00,75500.00,支付宝-某人,178460804,电子商务,\n20250401,,工资,+8000.00,83500.00,某公司,178460805,,\n",
    "序号,交易日期,交易时间,交易类型,借贷,交易金额,余额,对方账号,对方户名,交易地点,摘要\n1,2025-01-02,10:11:12,消费,借 Dr,CNY 123.18,\"1,000.00\",6222****1111,某店,,网上支付\n",
    "招商银行信用卡对账单（个人消费卡账户 2024年01月）（补）\n交易日,记账日,交易摘要,人民币金额,卡号末四位,交易地金额\n12/29,12/30,财付通-某店,15.90,1234,15.90(CN)\n01/04,01/05,退货,-97.20,1234,-97.20\n",
    "交易时间,商户名称,交易说明,金额,收/付款方式,交易状态,收/支,交易分类,交易订单号,商家订单号,备注\n2024-12-30 17:16:02\t,某商户,某物,131.77(已退款89.84),某卡(1341),交易成功,支出,百货,J1\t,3\t,,\n",
    "交易日期|交易时间|交易类型|交易金额|账户余额|交易对方|交易备注\n2025/12/31|23:27|消费|-8.50|10|某店|\n",
];

const CRYPTO: &[&str] = &[
    "\"Txhash\",\"Blockno\",\"UnixTimestamp\",\"DateTime (UTC)\",\"From\",\"To\",\"ContractAddress\",\"Value_IN(ETH)\",\"Value_OUT(ETH)\",\"TxnFee(ETH)\",\"Status\",\"ErrCode\"\n\"0xab\",\"1\",\"1700000000\",\"2023-11-14 22:13:20\",\"0x1\",\"0x2\",\"\",\"0\",\"1.9E-4\",\"0.0001\",\"\",\"\"\n\"0xac\",\"2\",\"1700000001\",\"2023-11-14 22:13:21\",\"0x1\",\"0x2\",\"\",\"1182.744798\",\"0\",\"0.0001\",\"Error(0)\",\"x\"\n",
    "交易哈希,区块高度,本地时间(UTC+8),UTC时间,发送方,接收方,数量,代币符号,代币地址\n0xab,1,2023-11-15 06:13:20,2023-11-14 22:13:20,0x1,0x2,\"1,000.5\",USDT,0xdac\n",
];

const MAPS: &[&str] = &[
    "name = \"某行\"\nsign = \"minus_is_out\"\n[columns]\ntime = \"日子\"\namount = \"数目\"\npayee = \"给谁\"\n\0日子,数目,给谁\n2025-01-02 10:11:12,-12.50,某人\n",
    "sign = \"two_columns\"\norder = \"day_first\"\n[columns]\ntime = 1\nclock = 2\nout = 3\nin = 4\nid = 5\n\x0002/01/2025;10:11;12.50;;A1\n03/01/2025;0912;;7;A2\n",
    "sign = \"column\"\n[columns]\ntime = \"t\"\nflow = \"f\"\namount = \"a\"\nrefunded = \"r\"\nstatus = \"s\"\n\0t\tf\ta\tr\ts\n46293.96523\t支出\t9\t3\t已全额退款\n",
];

fn table() -> Vec<Vec<&'static str>> {
    let names =
        "交易时间,交易类型,交易对方,商品,收/支,金额(元),支付方式,当前状态,交易单号,商户单号,备注";
    vec![
        vec!["微信支付账单明细"],
        vec!["共2笔记录"],
        names.split(',').collect(),
        vec![
            "#46293.96523",
            "转账",
            "某人",
            "/",
            "支出",
            "#28.16",
            "零钱",
            "支付成功",
            "A1",
            "/",
            "/",
        ],
        vec![
            "2025-01-02 03:04:05",
            "商户消费",
            "某店",
            "/",
            "支出",
            "¥3",
            "零钱",
            "已退款(￥1.00)",
            "A2",
        ],
    ]
}

/// The texts every text reader starts from.
pub fn texts() -> Vec<Vec<u8>> {
    let utf8 = [WECHAT, ALIPAY_WEB].into_iter().chain(BANKS.iter().copied());
    let mut found: Vec<Vec<u8>> = utf8.map(|text| text.as_bytes().to_vec()).collect();
    found.extend([ALIPAY, ALIPAY_WEB].map(|text| GB18030.encode(text).0.into_owned()));
    let wide = WECHAT.encode_utf16().flat_map(u16::to_le_bytes);
    found.push(wide.collect());
    // A quote without its partner, as some exports of spring 2025 have them.
    found.push(WECHAT.replace("\"/\"\n", "\"/\n").into_bytes());
    found
}

/// Archives: plain, nested, with a password, with a name in GBK, with a workbook.
pub fn archives() -> Vec<Vec<u8>> {
    let plain = SimpleFileOptions::default();
    let inner = book::pack(&[("a.csv", WECHAT.as_bytes())], plain);
    let locked = plain.with_aes_encryption(AesMode::Aes256, "123456");
    let [sheet, texts, styles] = workbook_parts();
    vec![
        book::pack(&[("a.csv", ALIPAY.as_bytes()), ("b/c.csv", WECHAT.as_bytes())], plain),
        book::pack(&[("b.zip", &inner)], plain),
        book::pack(&[("a.csv", WECHAT.as_bytes())], locked),
        book::pack(&[("账单.xlsx", &book::xlsx(&sheet, &texts, &styles))], plain),
        book::xlsx(&sheet, &texts, &styles),
    ]
}

fn workbook_parts() -> [Vec<u8>; 3] {
    let whole = book::sheet_parts(&table());
    book::parts(&whole).map(<[u8]>::to_vec)
}

/// Every target with its seeds.
pub fn all() -> Vec<(&'static str, Vec<Vec<u8>>)> {
    let bytes = |texts: &[&str]| texts.iter().map(|text| text.as_bytes().to_vec()).collect();
    vec![
        ("text", texts()),
        ("xlsx", vec![book::sheet_parts(&table())]),
        ("xls", vec![book::xls_records(&table())]),
        ("archive", archives()),
        ("crypto", bytes(CRYPTO)),
        ("map", bytes(MAPS)),
    ]
}
