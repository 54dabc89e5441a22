namespace NetPolNic.TestApiServer;

/// <summary>A change in a table's history.</summary>
/// <param name="Version">Resource version that it happened at.</param>
/// <param name="Type">ADDED, MODIFIED or DELETED.</param>
/// <param name="Object">The state after it; for DELETED the last one, with the version of the deletion.</param>
internal sealed record StoredEvent(long Version, string Type, StoredObject Object);
