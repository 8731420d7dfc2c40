using System.Net;

namespace Subscriptions.Paywall.Tests.Policy;

public sealed class AddressBookTests
{
    [TestCase("192.0.2.0/24", "192.0.2.77", true)]
    [TestCase("192.0.2.0/24", "192.0.3.1", false)]
    [TestCase("192.0.2.0/24", "::ffff:192.0.2.77", true)]
    [TestCase("192.0.2.7", "192.0.2.7", true)]
    [TestCase("192.0.2.7", "192.0.2.8", false)]
    [TestCase("0.0.0.0/0", "203.0.113.1", true)]
    [TestCase("0.0.0.0/0", "2001:db8::1", false)]
    [TestCase("2001:db8::/32", "2001:db8:ffff::1", true)]
    [TestCase("2001:db8::/32", "2001:db9::1", false)]
    [TestCase("2001:db8::/33", "2001:db8:8000::1", false)]
    [TestCase("2001:db8::1", "2001:db8::1", true)]
    [TestCase("::/0", "192.0.2.1", false)]
    public void An_address_is_found_in_its_network_and_in_no_other(string network, string address, bool found)
    {
        var book = new AddressBook<string>([(AddressBook<string>.Parse(network)!.Value, "it")]);
        Assert.That(book.Find(IPAddress.Parse(address)).Any(), Is.EqualTo(found));
    }

    [TestCase("")]
    [TestCase(null)]
    [TestCase("192.0.2.0/33")]
    [TestCase("fe80::1%3")]
    [TestCase("example.org")]
    [TestCase("192.0.2.0/-1")]
    public void What_is_no_network_is_none(string? text) => Assert.That(AddressBook<string>.Parse(text), Is.Null);

    [Test]
    public void It_finds_what_a_look_through_all_networks_finds()
    {
        var chance = new Random(1124);
        for (var round = 0; round < 300; round++)
        {
            var networks = Enumerable.Range(0, chance.Next(1, 20)).Select(_ => Any(chance)).ToList();
            var book = new AddressBook<int>(networks.Select((network, i) => (network, i)));
            var address = chance.Next(2) == 0 ? networks[chance.Next(networks.Count)].BaseAddress : Any(chance).BaseAddress;
            var expected = networks.Select((network, i) => (network, i)).Where(one => one.network.Contains(address)).Select(one => one.i).Order();
            Assert.That(book.Find(address).Order(), Is.EqualTo(expected), $"round {round}: {address} in {string.Join(' ', networks)}");
        }
    }

    private static IPNetwork Any(Random chance)
    {
        var bytes = new byte[chance.Next(2) == 0 ? 4 : 16];
        bytes[0] = (byte)chance.Next(2);
        var length = chance.Next((bytes.Length * 8) + 1);
        for (var bit = 8; bit < length; bit++)
            if (chance.Next(3) == 0)
                bytes[bit / 8] |= (byte)(0x80 >> (bit % 8));
        if (length < 8)
            bytes[0] = 0;
        return new IPNetwork(new IPAddress(bytes), length);
    }
}
