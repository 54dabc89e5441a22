namespace NetPolNic.TestApiServer;

/// <summary>One state of one object.</summary>
/// <param name="Key">"namespace/name", or the name of an object without namespace.</param>
/// <param name="Version">Its resource version.</param>
/// <param name="Json">
/// UTF-8 JSON without apiVersion and kind, as in a list; begins with '{' and holds at least metadata.
/// </param>
public sealed record StoredObject(string Key, long Version, byte[] Json);
