import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.http.HttpServerTransport;
import org.elasticsearch.node.Node;
import org.elasticsearch.plugins.PluginsLoader;

/**
 * A real Elasticsearch of its own jars, one node on loopback: `ElasticsearchMain HOME HTTP_PORT TRANSPORT_PORT [setting=value]...`.
 * Prints `ready PORT`. Ends on SIGTERM, and when standard input closes: it does not outlive the tests that started it.
 */
public final class ElasticsearchMain {
    public static void main(String[] args) throws Exception {
        Path home = Path.of(args[0]);
        Settings.Builder settings = Settings.builder()
            .put("path.home", home).put("http.port", args[1]).put("transport.port", args[2])
            .put("discovery.type", "single-node").put("network.host", "127.0.0.1")
            .put("cluster.routing.allocation.disk.threshold_enabled", false).put("logger.level", "WARN");
        for (int i = 3; i < args.length; i++) settings.put(args[i].split("=", 2)[0], args[i].split("=", 2)[1]);
        LogConfigurator.configureESLogging();
        LogConfigurator.configureWithoutConfig(settings.build());
        Environment environment = new Environment(settings.build(), home.resolve("config"));
        PluginsLoader plugins = PluginsLoader.createPluginsLoader(PluginsLoader.loadModulesBundles(environment.modulesDir(), false), Set.of(), Map.of(), false);
        Node node = new Node(environment, plugins).start();
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
