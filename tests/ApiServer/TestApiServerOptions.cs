using System.Security.Cryptography.X509Certificates;

namespace NetPolNic.TestApiServer;

/// <summary>How the server behaves from its start.</summary>
public sealed class TestApiServerOptions
{
    /// <summary>Clock of bookmarks and watch time-outs.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Time between bookmarks on a watch that allows them, in milliseconds.</summary>
    public int BookmarkIntervalMs { get; init; } = 60_000;

    /// <summary>Resource versions that are no numbers: a client may only hand them back.</summary>
    public bool HasOpaqueVersions { get; init; }

    /// <summary>Whether networking.k8s.io/v1 is served.</summary>
    public bool HasV1Policies { get; init; } = true;

    /// <summary>Whether extensions/v1beta1 is served.</summary>
    public bool HasV1Beta1Policies { get; init; }

    /// <summary>Serves HTTPS (with HTTP/2) under this certificate; null serves plain HTTP/1.1.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>
    /// Writes everything in pieces of this many bytes, each its own chunk; 0 writes as it comes.
    /// </summary>
    public int ChunkBytes { get; init; }

    /// <summary>Lists of at least this many bytes are compressed for clients that accept it.</summary>
    public int GzipFromBytes { get; init; } = 128 * 1024;
}
