import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.opensearch.common.logging.LogConfigurator;
import org.opensearch.common.settings.Settings;
import org.opensearch.env.Environment;
import org.opensearch.http.HttpServerTransport;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;
import org.opensearch.transport.Netty4Plugin;

/**
 * A real OpenSearch of its own jars, one node on loopback: `OpenSearchMain HOME HTTP_PORT TRANSPORT_PORT [setting=value]...`.
 * Prints `ready PORT`. Ends on SIGTERM, and when standard input closes: it does not outlive the tests that started it.
 */
public final class OpenSearchMain extends Node {
    private OpenSearchMain(Environment environment) {
        super(environment, List.of(Netty4Plugin.class), false);
    }

    public static void main(String[] args) throws Exception {
        Path home = Path.of(args[0]);
        Settings.Builder settings = Settings.builder()
            .put("path.home", home).put("http.port", args[1]).put("transport.port", args[2])
            .put("discovery.type", "single-node").put("network.host", "127.0.0.1")
            .put("cluster.routing.allocation.disk.threshold_enabled", false).put("logger.level", "WARN");
        for (int i = 3; i < args.length; i++) settings.put(args[i].split("=", 2)[0], args[i].split("=", 2)[1]);
        LogConfigurator.setNodeName("test");
        LogConfigurator.configureWithoutConfig(settings.build());
        Node node = new OpenSearchMain(InternalSettingsPreparer.prepareEnvironment(settings.build(), Map.of(), null, () -> "test")).start();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                node.close();
            } catch (Exception error) {
                error.printStackTrace();
            }
        }));
        System.out.println("ready " + node.injector().getInstance(HttpServerTransport.class).boundAddress().publishAddress().getPort());
        while (System.in.read() >= 0) {}
        System.exit(0);
    }
}
