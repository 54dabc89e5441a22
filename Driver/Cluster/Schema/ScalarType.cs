namespace NetPolNic.Cluster.Schema;

/// <summary>Types of scalar fields in the Kubernetes API.</summary>
internal enum ScalarType : byte
{
    String,
    Int32,
    Int64,
    Bool,

    /// <summary>RFC 3339.</summary>
    Time,

    /// <summary>A number, or a string that is none.</summary>
    IntOrString,
}
