namespace NetPolNic.Cluster.Reading;

/// <summary>What a value of a manifest is, after resolving plain scalars as the API server does.</summary>
internal enum NodeKind : byte
{
    Null,
    Bool,
    Int,
    Float,
    String,
    List,
    Map,
}
