using NetPolNic.Fallback.Tests.Rig;
using NetPolNic.Fallback.Worker;

namespace NetPolNic.Fallback.Tests.Worker;

public sealed unsafe class SnapshotPublisherTests
{
    [Fact]
    public void Keeps_an_old_snapshot_until_the_worker_has_passed_a_quiescent_point()
    {
        using SnapshotPublisher publisher = new();
        WorkerEpoch worker = publisher.Register();
        publisher.Publish(Snapshots.Of());
        worker.Enter();
        uint held = publisher.Current->Generation;
        publisher.Publish(Snapshots.Of());
        publisher.Publish(Snapshots.Of());
        Assert.Equal(2, publisher.RetiredCount);
        worker.Quiesce();
        Assert.NotEqual(held, publisher.Current->Generation);
        Assert.Equal(0, publisher.RetiredCount);
        worker.Exit();
        publisher.Unregister(worker);
    }

    [Fact]
    public void Frees_old_snapshots_at_once_while_no_worker_is_polling()
    {
        using SnapshotPublisher publisher = new();
        WorkerEpoch worker = publisher.Register();
        for (int i = 0; i < 100; i++)
        {
            publisher.Publish(Snapshots.Of(Snapshots.Pod("10.0.0.1", Snapshots.Allow())));
        }

        Assert.Equal(0, publisher.RetiredCount);
        publisher.Unregister(worker);
    }

    [Fact]
    public void A_worker_never_sees_freed_tables_while_policies_are_published()
    {
        using SnapshotPublisher publisher = new();
        WorkerEpoch worker = publisher.Register();
        publisher.Publish(Snapshots.Of());
        bool done = false;
        uint last = 0;
        bool wentBack = false;
        Thread reader = new(() =>
        {
            worker.Enter();
            while (!Volatile.Read(ref done))
            {
                worker.Quiesce();
                uint generation = publisher.Current->Generation;
                wentBack |= generation < last;
                last = generation;
            }

            worker.Exit();
        });
        reader.Start();
        for (int i = 0; i < 500; i++)
        {
            publisher.Publish(Snapshots.Of(Snapshots.Pod("10.0.0.1", Snapshots.Allow("10.0.0.0/8 : tcp/80"))));
        }

        Volatile.Write(ref done, true);
        reader.Join();
        Assert.False(wentBack);
        Assert.Equal(0, publisher.RetiredCount);
        publisher.Unregister(worker);
    }
}
