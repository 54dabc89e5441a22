namespace NetPolNic.Cluster.Reading;

/// <summary>One key of a mapping with its value.</summary>
/// <param name="Key">The key's text.</param>
/// <param name="Line">Line of the key, counted from 1.</param>
/// <param name="Value">Its value.</param>
internal readonly record struct ManifestEntry(string Key, int Line, ManifestNode Value);
