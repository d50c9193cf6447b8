// SPDX-License-Identifier: Apache-2.0
package tidemark.interop;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.rocketmq.common.message.MessageDecoder;
import org.apache.rocketmq.filter.FilterFactory;
import org.apache.rocketmq.filter.expression.EvaluationContext;
import org.apache.rocketmq.filter.expression.Expression;
import org.apache.rocketmq.filter.expression.MQFilterException;

/**
 * What the stock SQL92 filter says. Input: lines "expression TAB encoded properties", ASCII, where \\ is a backslash and \xHH a
 * byte. Output: the same lines with the verdict and a TAB in front: invalid (does not compile), true, false, null, error (an
 * exception while evaluating).
 */
public final class FilterVerdicts {
    public static void main(String[] arguments) {
        Args.exitWith(() -> answer(arguments));
    }

    private static int answer(String[] arguments) throws Exception {
        new Args("FilterVerdicts < cases > verdicts", arguments);
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.US_ASCII);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] fields = line.split("\t", -1);
            if (fields.length != 2) {
                Args.fail("not two fields: " + line);
            }
            out.print(verdict(decoded(fields[0]), decoded(fields[1])) + "\t" + line + "\n");
        }
        out.flush();
        return out.checkError() ? 1 : 0;
    }

    private static String verdict(String text, String properties) {
        Expression expression;
        try {
            expression = FilterFactory.INSTANCE.get("SQL92").compile(text);
        } catch (MQFilterException e) {
            return "invalid";
        }
        try {
            return String.valueOf(expression.evaluate(new Properties(MessageDecoder.string2messageProperties(properties))));
        } catch (Throwable e) {
            return "error";
        }
    }

    private record Properties(Map<String, String> values) implements EvaluationContext {
        @Override
        public Object get(String name) {
            return values.get(name);
        }

        @Override
        public Map<String, Object> keyValues() {
            throw new UnsupportedOperationException();
        }
    }

    private static String decoded(String field) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < field.length(); i++) {
            if (field.charAt(i) != '\\') {
                bytes.write(field.charAt(i));
            } else if (field.charAt(i + 1) == '\\') {
                bytes.write('\\');
                i++;
            } else {
                bytes.write(Integer.parseInt(field.substring(i + 2, i + 4), 16));
                i += 3;
            }
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
