namespace NetPolNic.Agent.Matrix;

/// <summary>Verdicts for one port: [source, destination], true where allowed.</summary>
/// <param name="Port">Protocol and destination port.</param>
/// <param name="Ingress">At the destination, without the pod-to-itself exemption; null where only packets were sent.</param>
/// <param name="Egress">At the source, likewise.</param>
/// <param name="Combined">Both, with the exemption.</param>
/// <param name="Places">Who decided each cell; null for the model.</param>
internal sealed record MatrixTable(
    ProtoPort Port, bool[,]? Ingress, bool[,]? Egress, bool[,] Combined, VerdictPlace[,]? Places);
