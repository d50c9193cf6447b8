// SPDX-License-Identifier: Apache-2.0
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.rocketmq.common.BrokerConfig;
import org.apache.rocketmq.common.UtilAll;
import org.apache.rocketmq.store.DefaultMessageStore;
import org.apache.rocketmq.store.DispatchRequest;
import org.apache.rocketmq.store.config.MessageStoreConfig;
import org.apache.rocketmq.store.stats.BrokerStatsManager;

/**
 * What RocketMQ's own reader says of thousands of sound, odd and damaged records. Makes verdicts.txt:
 *   java -cp 'DIRECTORY OF THE 5.3.3 JARS/*' Verdicts.java verdicts.txt
 * A line: the bytes in hex (the record and what lies behind it in the segment), then the size and the
 * verdict (1 sound, 0 not) without CRC, with CRC, with forceVerifyPropCRC, and for sound records
 * topic, queue, log offset, tags code, store time, queue offset, keys, unique key, sysFlag, prepared offset,
 * first offset and number of the batch; texts in hex, "-" for none.
 */
public class Verdicts {
    static final Random RANDOM = new Random(20240601);
    static final int[] ODD = {0, 1, -1, 4, 7, 8, 19, 20, 21, 90, 91, 92, 127, 128, 255, 256, 32767, 32768, 65535, Integer.MAX_VALUE,
        Integer.MIN_VALUE, Integer.MIN_VALUE + 3, 0xDAA320A7, 0xDAA320AB, 0xCBD43194};

    public static void main(String[] arguments) throws Exception {
        DefaultMessageStore plain = store(false);
        DefaultMessageStore forced = store(true);
        Set<String> seen = new HashSet<>();
        try (PrintStream out = new PrintStream(arguments[0], StandardCharsets.UTF_8)) {
            for (byte[] bytes : cases()) {
                String hex = hex(bytes);
                if (!seen.add(hex)) {
                    continue;
                }
                DispatchRequest none = plain.getCommitLog().checkMessageAndReturnSize(ByteBuffer.wrap(bytes), false, false, true);
                DispatchRequest body = plain.getCommitLog().checkMessageAndReturnSize(ByteBuffer.wrap(bytes), true, false, true);
                DispatchRequest whole = forced.getCommitLog().checkMessageAndReturnSize(ByteBuffer.wrap(bytes), true, false, true);
                out.print(hex + " " + verdict(none) + " " + verdict(body) + " " + verdict(whole));
                if (none.isSuccess() && none.getMsgSize() > 0) {
                    out.print(" " + text(none.getTopic()) + " " + none.getQueueId() + " " + none.getCommitLogOffset() + " "
                        + none.getTagsCode() + " " + none.getStoreTimestamp() + " " + none.getConsumeQueueOffset() + " "
                        + text(none.getKeys()) + " " + text(none.getUniqKey()) + " " + none.getSysFlag() + " "
                        + none.getPreparedTransactionOffset() + " "
                        + (none.getMsgBaseOffset() == -1 ? none.getConsumeQueueOffset() : none.getMsgBaseOffset()) + " "
                        + none.getBatchSize());
                }
                out.println();
            }
        }
        System.exit(0);
    }

    static DefaultMessageStore store(boolean force) throws Exception {
        MessageStoreConfig config = new MessageStoreConfig();
        String root = Files.createTempDirectory("verdicts").toString();
        config.setStorePathRootDir(root);
        config.setStorePathCommitLog(root + "/commitlog");
        config.setForceVerifyPropCRC(force);
        config.setHaListenPort(0);
        DefaultMessageStore store = new DefaultMessageStore(config, new BrokerStatsManager("c", true), null, new BrokerConfig(),
            new ConcurrentHashMap<>());
        if (!store.load()) {
            throw new IllegalStateException();
        }
        return store;
    }

    static String verdict(DispatchRequest request) {
        return request.getMsgSize() + " " + (request.isSuccess() ? 1 : 0);
    }

    static String hex(byte[] bytes) {
        StringBuilder hex = new StringBuilder();
        for (byte b : bytes) {
            hex.append(String.format("%02x", b));
        }
        return hex.toString();
    }

    static String text(String text) {
        return text == null || text.isEmpty() ? "-" : hex(text.getBytes(StandardCharsets.UTF_8));
    }

    static final String[] PROPERTIES = {"", "TAGS|a;", "TAGS|a", "TAGS|;KEYS|k1  k2 ;", "|v;", "K|v|w;TAGS|x|y;", "ab;TAGS|d", "TAGS|b;TAGS|c;", "A;TAGS|c",
        ";;TAGS|b", "KEYS| ;", "UNIQ_KEY|u;KEYS|a b a;", "DELAY|3;", "DELAY|-1;", "DELAY|0", "DELAY|99;TAGS|t;", "DELAY|x;", "DELAY|+4;", "DELAY|2147483648;",
        "DELAY| 3;", "DELAY|\u0663;", "DELAY|\uFF12;TAGS|t", "DELAY|1;DELAY|x;", "DELAY|x;DELAY|2;", "INNER_NUM|2;INNER_BASE|7;", "INNER_NUM|2;", "INNER_BASE|x;",
        "INNER_NUM|40000;INNER_BASE|1;", "INNER_NUM|-32768;INNER_BASE|-9223372036854775808;", "INNER_NUM|2;INNER_BASE|y", "INNER_NUM|\u0967;INNER_BASE|+5",
        "TAGS|\u4E2D\u6587;KEYS|\u00E9 \u20AC", "TAGS|polygenelubricants;", "__CRC32#|1234567890;", "__CRC32#|x;", "TAGS|\uD83D\uDE00;", "TAGS|a || b;", "KEYS|k\u0000l;"};
    static final String[] TOPICS = {"T", "SCHEDULE_TOPIC_XXXX", "", "\u4E2D\u6587", "%RETRY%g", "a/b"};

    static byte[] properties(String text, int mode) {
        byte[] bytes = text.replace('|', '\u0001').replace(';', '\u0002').getBytes(StandardCharsets.UTF_8);
        if (mode == 1 && bytes.length > 0) {  // malformed UTF-8
            bytes[RANDOM.nextInt(bytes.length)] = (byte) (0x80 + RANDOM.nextInt(128));
        }
        return bytes;
    }

    static byte[] record(byte[] topic, byte[] body, byte[] properties, int sysFlag, boolean v2, boolean crc) {
        int born = (sysFlag & 0x10) == 0 ? 8 : 20;
        int stored = (sysFlag & 0x20) == 0 ? 8 : 20;
        int size = 74 + born + stored + body.length + (v2 ? 2 : 1) + topic.length + properties.length + (crc ? 20 : 0);
        ByteBuffer record = ByteBuffer.allocate(size);
        record.putInt(size).putInt(v2 ? 0xDAA320AB : 0xDAA320A7).putInt(body.length == 0 ? 0 : UtilAll.crc32(body)).putInt(RANDOM.nextInt(8));
        record.putInt(RANDOM.nextInt()).putLong(RANDOM.nextInt(1000)).putLong(RANDOM.nextInt(1 << 30)).putInt(sysFlag);
        record.putLong(1700000000000L).put(new byte[born - 4]).putInt(4242).putLong(1700000000000L + RANDOM.nextInt()).put(new byte[stored - 4]).putInt(10911);
        record.putInt(0).putLong(0).putInt(body.length).put(body);
        if (v2) {
            record.putShort((short) topic.length);
        } else {
            record.put((byte) topic.length);
        }
        record.put(topic).putShort((short) (properties.length + (crc ? 20 : 0))).put(properties);
        if (crc) {
            int value = UtilAll.crc32(record.array(), 0, size - 20);
            record.put("__CRC32#\u0001".getBytes(StandardCharsets.UTF_8));
            for (int i = 0; i < 10; i++, value /= 10) {
                record.put((byte) ('0' + value % 10));
            }
            record.put((byte) 2);
        }
        return record.array();
    }

    static byte[] sound() {
        byte[] topic = TOPICS[RANDOM.nextInt(TOPICS.length)].getBytes(StandardCharsets.UTF_8);
        byte[] body = new byte[RANDOM.nextInt(4) == 0 ? 0 : RANDOM.nextInt(24)];
        RANDOM.nextBytes(body);
        String text = PROPERTIES[RANDOM.nextInt(PROPERTIES.length)];
        if (RANDOM.nextInt(3) == 0) {
            text += PROPERTIES[RANDOM.nextInt(PROPERTIES.length)];
        }
        int[] flags = {0, 0, 0, 0x10, 0x20, 0x30, 4, 8, 12, 2, 0xC0, 0x101};
        return record(topic, body, properties(text, RANDOM.nextInt(5)), flags[RANDOM.nextInt(flags.length)], RANDOM.nextInt(4) == 0,
            RANDOM.nextInt(3) == 0);
    }

    static byte[] followed(byte[] record) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(record);
        byte[] more = new byte[RANDOM.nextInt(3) * RANDOM.nextInt(40)];
        if (RANDOM.nextBoolean()) {
            RANDOM.nextBytes(more);
        }
        out.writeBytes(more);
        return out.toByteArray();
    }

    static List<byte[]> cases() {
        List<byte[]> cases = new ArrayList<>();
        for (String topic : new String[] {"T", "SCHEDULE_TOPIC_XXXX"}) {
            for (String properties : PROPERTIES) {
                cases.add(record(topic.getBytes(StandardCharsets.UTF_8), new byte[] {1}, properties(properties, 0), 0, false, false));
            }
        }
        byte[] whole = record("Topic".getBytes(StandardCharsets.UTF_8), "hello".getBytes(StandardCharsets.UTF_8), properties("TAGS|a;", 0), 0, false, true);
        for (int length = 0; length < whole.length; length++) {
            cases.add(java.util.Arrays.copyOf(whole, length));
        }
        for (int at = 0; at < whole.length; at++) {
            byte[] flipped = followed(whole);
            flipped[at] ^= (byte) (1 << RANDOM.nextInt(8));
            cases.add(flipped);
        }
        // Every length field with every odd value, alone and with the size made to fit or not.
        for (int odd : ODD) {
            for (int field : new int[] {0, 4, 8, 36, 84, 93, 99}) {
                byte[] bytes = followed(whole);
                if (field == 93) {
                    bytes[field] = (byte) odd;
                } else if (field == 99) {
                    ByteBuffer.wrap(bytes).putShort(field, (short) odd);
                } else {
                    ByteBuffer.wrap(bytes).putInt(field, odd);
                }
                cases.add(bytes);
                byte[] resized = bytes.clone();
                ByteBuffer.wrap(resized).putInt(0, bytes.length);
                cases.add(resized);
            }
        }
        for (int size : ODD) {  // fillers, their size right or not
            cases.add(ByteBuffer.allocate(24).putInt(size).putInt(0xCBD43194).array());
        }
        for (int i = 0; i < 400; i++) {
            cases.add(followed(sound()));
        }
        for (int i = 0; i < 1000; i++) {
            byte[] bytes = followed(sound());
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            for (int n = 1 + RANDOM.nextInt(2); n > 0; n--) {
                int at = RANDOM.nextInt(bytes.length - 4);
                switch (RANDOM.nextInt(5)) {
                    case 0 -> bytes[at] ^= (byte) (1 << RANDOM.nextInt(8));
                    case 1 -> buffer.putInt(at, ODD[RANDOM.nextInt(ODD.length)]);
                    case 2 -> buffer.putInt(84, RANDOM.nextInt(bytes.length + 8) - 4);
                    case 3 -> buffer.putInt(0, RANDOM.nextInt(bytes.length + 8) - 2);
                    default -> bytes[at] = (byte) RANDOM.nextInt(4);
                }
            }
            cases.add(bytes);
        }
        return cases;
    }
}
