using NetPolNic.Fallback.Conntrack;

namespace NetPolNic.Fallback;

/// <summary>A tracked connection as a trace found it.</summary>
/// <param name="State">How far it has come.</param>
/// <param name="IsOpenedBySrc">Whether the traced packet's source opened it.</param>
/// <param name="IsCut">Whether the policy in force cuts it (S-b15).</param>
/// <param name="AgeSeconds">Whole seconds since it was opened.</param>
/// <param name="ExpiresInMs">After how many milliseconds without a packet it is forgotten.</param>
public sealed record TracedConnection(
    ConnectionState State, bool IsOpenedBySrc, bool IsCut, long AgeSeconds, long ExpiresInMs);
