namespace NetPolNic.Cluster.Store;

/// <summary>What an object is called in the API server: of the same name there is one at a time.</summary>
/// <param name="Namespace">Its namespace; empty for a kind without.</param>
/// <param name="Name">Its name.</param>
internal readonly record struct ObjectName(string Namespace, string Name);
