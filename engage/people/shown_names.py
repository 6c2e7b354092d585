"""Names that say nothing about a person, from a given set of words: "Amber Otter". Source: SAFETY.md, CLS09 and P8."""

import random
import unicodedata

QUALITY_WORDS = """
    Amber Autumn Bold Brave Breezy Bright Bronze Calm Cheerful Clever Copper Coral Cosmic Crystal Curious Daring
    Dreamy Eager Early Emerald Fearless Frosty Gentle Golden Happy Honest Humming Indigo Ivory Jade Jolly Keen Kind
    Lively Lucky Lunar Mellow Merry Mighty Misty Nimble Noble Patient Playful Plucky Quick Quiet Radiant Ruby Rustling
    Sandy Scarlet Shining Silver Snowy Solar Sparkling Speedy Starry Steady Stormy Sunny Swift Thoughtful Velvet Violet
    Wandering Warm Wild Wise Witty Wonder"""
CREATURE_WORDS = """
    Badger Beaver Bison Bobcat Butterfly Cardinal Caribou Cheetah Chickadee Cicada Condor Coyote Cricket Dolphin
    Dragonfly Eagle Egret Falcon Ferret Finch Firefly Fox Gecko Giraffe Goldfinch Hare Hawk Hedgehog Heron Hummingbird
    Ibis Iguana Jackrabbit Jaguar Kestrel Kingfisher Koala Ladybug Lark Lemur Leopard Lynx Magpie Manatee Mantis Marten
    Meerkat Mockingbird Moose Narwhal Newt Ocelot Octopus Orca Oriole Osprey Otter Owl Panda Panther Pelican Penguin
    Plover Puffin Puma Quail Rabbit Raccoon Raven Robin Salmon Sandpiper Seahorse Sparrow Squirrel Starling Swallow
    Swan Tapir Tiger Toucan Turtle Walrus Warbler Weasel Whale Wolf Wombat Woodpecker Wren Zebra"""
QUALITIES = tuple(QUALITY_WORDS.split())
CREATURES = tuple(CREATURE_WORDS.split())


def is_given(name: str) -> bool:
    """Whether a name is one of the set."""
    parts = unicodedata.normalize("NFC", name).split(" ")
    return len(parts) == 2 and parts[0] in QUALITIES and parts[1] in CREATURES


def some(number: int, chance: random.Random) -> list[str]:
    """Different names of the set, by chance; no two share a creature."""
    creatures = chance.sample(CREATURES, number)
    return [f"{chance.choice(QUALITIES)} {creature}" for creature in creatures]
