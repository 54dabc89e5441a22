using System.Collections.Immutable;

namespace NetPolNic.Agent.Matrix;

/// <summary>Who may talk to whom, on each port.</summary>
internal sealed record MatrixResult(
    ImmutableArray<MatrixEndpoint> Endpoints, ImmutableArray<ProtoPort> Ports, ImmutableArray<MatrixTable> Tables);
