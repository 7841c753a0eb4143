import type { SniffingTransport } from '@elastic/elasticsearch';

type TransportClass = typeof SniffingTransport;
type TransportOptions = ConstructorParameters<TransportClass>[0];

/**
 * The one place that knows what the client asks of a server beyond HTTP: the vendored media type (`application/vnd.elasticsearch+json;
 * compatible-with=9`) and the check of the product's header. Both are left out, so that OpenSearch and older Elasticsearch can be spoken to as well.
 *
 * @param base the client's own transport, handed in because the client is loaded when it is first needed
 */
export function plainTransport(base: TransportClass): TransportClass {
  return class PlainTransport extends base {
    constructor(options: TransportOptions) {
      const { productCheck: _check, vendoredHeaders: _headers, ...rest } = options;
      super(rest);
    }
  };
}
