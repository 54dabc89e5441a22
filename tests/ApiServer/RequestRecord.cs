namespace NetPolNic.TestApiServer;

/// <summary>A request that the server got.</summary>
/// <param name="Verb">"list", "watch", "get", "create", "discover" or "other".</param>
/// <param name="Plural">Kind that it is about, or empty.</param>
/// <param name="Path">Path with its query.</param>
/// <param name="Query">The query's values.</param>
/// <param name="Token">Bearer token, or empty.</param>
/// <param name="Accept">Accept header.</param>
/// <param name="Protocol">E.g. "HTTP/1.1".</param>
public sealed record RequestRecord(
    string Verb,
    string Plural,
    string Path,
    IReadOnlyDictionary<string, string> Query,
    string Token,
    string Accept,
    string Protocol);
